"""The kernel with ASSERT=1, which checks its locks: guest tests run in it, on
4 CPUs. With SOAK=1 all of $GUEST_TESTS, on 1 and on 4."""

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


def test_all():
    for name in os.environ["GUEST_TESTS"].split():
        run(name, "1")
        if name not in ONE_CPU:
            run(name, "4")


main(test_build, test_all if "SOAK" in os.environ else test_guest)
