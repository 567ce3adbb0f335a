"""Schedules from a seed: tools/explore with a kernel built with EXPLORE=1. A
seed gives the same run twice, others give others, guest tests pass in some.
With SOAK=1 more of $GUEST_TESTS, on 2 and 4 CPUs, with more seeds."""

import os
import re
import shutil
import subprocess

from machine import BUILD, check, contains, main

EXPLORED = f"{BUILD}/explore"
SHORT = ["pipes", "processes"]
# They spin in ring 3 without `pause`, or measure time.
NOT_HERE = {"races", "fairness", "scheduling", "cpu_time", "clocks",
            "vdso_cpus", "fuzz"}
SOAK_SEEDS = "1-16"
LIMIT = 4000            # seconds for all seeds of a program


def explore(*words):
    """tools/explore: its status and what it printed."""
    done = subprocess.run(["tools/explore", "-build", EXPLORED, *words],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def test_build():
    done = subprocess.run(
        ["make", f"BUILD={EXPLORED}", "EXPLORE=1", "ASSERT=1",
         f"{EXPLORED}/colonel.elf"], check=False, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    check("make EXPLORE=1", (done.returncode,
                             done.stderr if done.returncode else b""), (0, b""))
    shutil.copy(f"{BUILD}/initrd.cpio", EXPLORED)


def ends(seed, *words):
    """How many points a run passed, and where the generator ended."""
    said = explore("-seeds", str(seed), "-v", *words, "--", "sh", "-c",
                   "for i in 1 2 3; do true | cat & done; wait")[1]
    return re.search(rf"^{seed} (\d+) (\w+)$", said, re.M).groups()


def test_repeats():
    for cpus in "2", "4":
        for seed in 1, 2, 3:
            check(f"seed {seed} on {cpus} CPUs gives the same run twice",
                  ends(seed, "-smp", cpus),
                  ends(seed, "-smp", cpus))
    check("other seeds give others",
          len({ends(seed) for seed in range(1, 9)}), 8)
    check("and there are many points", int(ends(1)[0]), 5000,
          lambda seen, expected: seen > expected)


def test_failure():
    status, said = explore("-seeds", "1-8", "sh", "-c", "exit $(($0 == 3))",
                           "SEED")
    check("a failing seed ends it", (status, "3 seeds, 1 failed" in said),
          (1, True))
    again = re.search(r"again: (.*)", said)[1]
    check("it gives the line that runs it again",
          again.replace(f" -build {EXPLORED}", ""),
          "tools/explore -seeds 3 -smp 2 -v -- "
          "/bin/sh -c 'exit $(($0 == 3))' SEED")
    said = explore("-seeds", "1", "sh", "-c", "echo BAD luck")[1]
    check("a line that begins with BAD is a failure", said,
          "seed 1: status 0, BAD luck", contains)


def guest(name, cpus, seeds):
    status, said = explore("-seeds", seeds, "-smp", cpus, "-timeout", "300",
                           "-add", f"{BUILD}/tests/guest/{name}", "--", name)
    check(f"{name} with the seeds {seeds} on {cpus} CPUs",
          (status, said if status else ""), (0, ""))


def test_guest():
    for name in SHORT:
        guest(name, "2", "1-8")


def test_all():
    for name in os.environ["GUEST_TESTS"].split():
        for cpus in ["2", "4"] if name not in NOT_HERE else []:
            guest(name, cpus, SOAK_SEEDS)


main(test_build, test_repeats, test_failure,
     test_all if "SOAK" in os.environ else test_guest)
