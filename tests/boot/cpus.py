"""What several CPUs do for a long time; for make soak.

    tests/boot/cpus.py [SEED]

Each guest test of $GUEST_TESTS on 1, 2, 4 and 8 CPUs; races, long; readers of
the data page, a hundred million times; two threads beside one; ten minutes of
stress with seeds from SEED on, which is printed and random if not given. One
machine at a time. Stress that fails is run again by its seed:
tools/run -smp 4 -add build/tests/guest/stress -- stress SEED ROUNDS
"""

import os
import random
import re
import sys
import time

from machine import BUILD, at_least, check, main, tools_run

CPUS = (1, 2, 4, 8)
STRESS_SECONDS, ROUNDS = 600, 200
RACES = 50              # times as long as in make test
READS = ("100000000", "1000000")  # rounds of readers that stay, and that move
SPEEDUP = 170           # hundredths
LIMIT = 3600            # seconds for one machine


def guest(cpus, *words):
    """The status, the lines that are not ok, and the output."""
    done = tools_run("-smp", str(cpus), "-timeout", str(LIMIT), "-add",
                     f"{BUILD}/tests/guest/{words[0]}", "--", *words,
                     limit=LIMIT + 60)
    output = done.stdout.decode(errors="replace")
    return done.returncode, re.findall(r"^not ok.*", output, re.M), output


def test_each():
    for cpus in CPUS:
        for name in os.environ.get("GUEST_TESTS", "").split():
            check(f"{name} on {cpus} CPUs", guest(cpus, name)[:2], (0, []))


def test_races():
    for cpus in CPUS[1:]:
        check(f"races, {RACES} times, on {cpus} CPUs",
              guest(cpus, "races", str(RACES))[:2], (0, []))


def test_vdso():
    for cpus in (2, 4):
        status, failed, output = guest(cpus, "vdso_cpus", *READS)
        check(f"{cpus} CPUs read the page that they write",
              (status, failed), (0, []))
        print("\n".join(re.findall("^# .*rounds.*", output, re.M)))


def test_speedup():
    output = guest(2, "cpu_time", "speedup")[2]
    print("# two threads beside one:", " ".join(output.splitlines()))
    check("two threads on two CPUs", int(output.split("median ")[1]), SPEEDUP,
          at_least)


def test_stress():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else \
        random.SystemRandom().randrange(1, 10**9)
    end = time.monotonic() + STRESS_SECONDS
    while time.monotonic() < end:
        check(f"stress {seed} {ROUNDS}",
              guest(4, "stress", str(seed), str(ROUNDS))[:2], (0, []))
        seed += 2       # one run takes two


main(test_speedup, test_vdso, test_races, test_stress, test_each)
