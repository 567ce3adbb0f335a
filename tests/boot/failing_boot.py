"""Each allocation that boot needs fails once (fail-nth=N, until boot needs
fewer): the machine says in a sentence that it cannot go on, or does without.
Each STEP-th alone, unless SOAK=1."""

import os
import subprocess
import tempfile

from machine import BUILD, check, main

SORRY = "\nColonel cannot go on: "
STEP = 1 if "SOAK" in os.environ else 13
QEMU = ["qemu-system-x86_64", "-cpu", "max", "-m", "64", "-smp", "2", "-net",
        "none", "-display", "none", "-monitor", "none", "-no-reboot",
        "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
        "-kernel", f"{BUILD}/colonel.elf"]


def boot(initrd, nth):
    """What a machine says whose /init is notb, which ends: so does it."""
    words = f"panic=exit fail-nth={nth}"
    done = subprocess.run(
        [*QEMU, "-initrd", initrd, "-append", words], check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60)
    return done.stdout.decode(errors="replace").replace("\r", "")


def is_told(text, failed):
    """One sentence; without a failure that of its end."""
    if "panic:" in text or text.count(SORRY) != 1:
        return False
    return failed or "init ended with status 0" in text


def test_boot():
    with tempfile.TemporaryDirectory(prefix="colonel-") as folder:
        initrd = f"{folder}/initrd"
        subprocess.run(["tools/mkcpio", "-o", initrd, "-dir", "/dev",
                        f"{BUILD}/root/bin/notb:/init"], check=True)
        nth, wrong, failed = 1, [], True
        while failed:
            text = boot(initrd, nth)
            failed = "fail-nth: " in text
            if not is_told(text, failed):
                wrong.append((nth, text[-1500:]))
            nth += STEP
        check(f"boot without each {STEP}th of its {nth} allocations",
              wrong[:3], [])
        check("there were some", nth > 50, True)


main(test_boot)
