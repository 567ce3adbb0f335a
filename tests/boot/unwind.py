"""A C program of the host's, static, unwinds through the vDSO: on Linux, and
the same file here."""

import os
import subprocess
import tempfile

from machine import check, main, tools_run

SEEN = b"stepped in the vDSO, crossed at each instruction\n"


def test_unwind():
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "unwind")
        subprocess.run(["gcc", "-O2", "-static", "-o", program,
                        "tests/programs/unwind.c"], check=True)
        linux = subprocess.run([program], stdout=subprocess.PIPE, check=False)
        check("on Linux", linux.stdout, SEEN)
        for model in "max", "qemu64":
            done = tools_run("-qemu", f"-cpu {model}", "-add", program,
                             "unwind")
            check(f"on -cpu {model}", done.stdout, SEEN)
            check("and it exits 0", done.returncode, 0)


main(test_unwind)
