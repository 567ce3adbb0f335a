"""Each kind of machine that must boot: notb prints the number there."""

from machine import BEAST, check, main, tools_run

MACHINES = {
    "cpu max": ["-qemu", "-cpu max"],
    "cpu qemu64": ["-qemu", "-cpu qemu64"],
    "16 MB": ["-m", "16"],
    "4 GB": ["-m", "4096"],
    "four CPUs, one used": ["-smp", "4"],
    "q35": ["-qemu", "-machine q35"],
}


def test_machines():
    for name, options in MACHINES.items():
        done = tools_run(*options, "notb")
        check(name, (done.returncode, done.stdout, done.stderr),
              (0, BEAST + b"\n", b""))


main(test_machines)
