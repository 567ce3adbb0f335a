"""The kernel with ASSERT=1, which checks its locks: guest tests run in it, on
4 CPUs. With SOAK=1 all of $GUEST_TESTS, on 1 and on 4. And nothing of its
stacks and its heap gets to programs: what these get is the same whatever byte
stands where nobody has written."""

import os
import shutil
import subprocess

from machine import BUILD, check, main, tools_run

CHECKED = f"{BUILD}/assert"
SHORT = ["futexes", "remaps", "signals", "pipes", "processes"]
# What they measure is one CPU's.
ONE_CPU = ["clocks", "scheduling"]
LIMIT = "200"           # seconds for one program


def test_build():
    """The kernel alone; it starts what the ordinary one starts."""
    done = subprocess.run(
        ["make", f"BUILD={CHECKED}", "ASSERT=1",
         f"{CHECKED}/colonel.elf"], check=False, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    check("make ASSERT=1", (done.returncode,
                            done.stderr if done.returncode else b""), (0, b""))
    shutil.copy(f"{BUILD}/initrd.cpio", CHECKED)


def run(name, cpus):
    done = tools_run("-build", CHECKED, "-smp", cpus, "-timeout", LIMIT,
                     "-leaks", "-add", f"{BUILD}/tests/guest/{name}", name,
                     limit=250)
    said = done.stdout.splitlines()[-1:] + done.stderr.splitlines()[-16:]
    check(f"{name} on {cpus} CPUs", (done.returncode, said[1:]), (0, []))


def test_guest():
    for name in SHORT:
        run(name, "4")


def outputs(byte):
    """What calls and signals give with unused memory filled with a byte; the
    clock follows the instructions."""
    done = tools_run(
        "-build", CHECKED, "-append", f"poison={byte}", "-qemu",
        "-icount shift=0,sleep=off -rtc base=2026-01-01,clock=vm",
        "-add", f"{BUILD}/tests/guest/outputs", "outputs")
    return done.returncode, done.stdout.splitlines()


def test_poison():
    status, first = outputs("0xaa")
    check("what calls give, with 0xaa", (status, len(first) > 80), (0, True))
    status, second = outputs("0x55")
    check("and with 0x55: the same", (status, [
        pair for pair in zip(first, second) if pair[0] != pair[1]]), (0, []))


def test_all():
    for name in os.environ["GUEST_TESTS"].split():
        run(name, "1")
        if name not in ONE_CPU:
            run(name, "4")


main(test_build, test_poison,
     test_all if "SOAK" in os.environ else test_guest)
