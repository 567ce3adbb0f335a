"""A person at the serial console: from power-on to the prompt and out again,
by GRUB from the ISO and by QEMU's own loader."""

from machine import (BEAST, Machine, at_most, check, contains, main)

CONSOLE_LINES = 12
# What GRUB and the BIOS send to place the cursor is no line.
ESCAPES = (b"\x1b[", b"\x1bc")


def console_lines(output):
    return [line for line in output.replace(b"\r", b"").split(b"\n")
            if line.strip() and not line.startswith(ESCAPES)]


def session(way, iso):
    with Machine(iso=iso) as machine:
        greeting = machine.prompt()
        check(f"{way}: notb is shown once before the prompt",
              greeting.count(BEAST), 1)
        check(f"{way}: at most {CONSOLE_LINES} lines to the prompt",
              len(console_lines(greeting)), CONSOLE_LINES, at_most)
        check(f"{way}: notb typed in", machine.type("notb"), BEAST, contains)
        check(f"{way}: a pipe", machine.type("echo one two | wc -w"), b"2",
              contains)
        check(f"{way}: poweroff ends QEMU", machine.end("poweroff"), True)


def test_kernel():
    session("kernel", iso=False)


def test_iso():
    session("iso", iso=True)


def test_end_of_shell():
    with Machine() as machine:
        machine.prompt()
        check("the end of the shell ends QEMU", machine.end("exit"), True)


def test_crashes():
    """Each way to die gives a report, and the prompt still answers."""
    with Machine() as machine:
        machine.prompt()
        for name in ("null", "vvar", "vdso", "stack", "kernel", "div", "ud2",
                     "overflow"):
            machine.type(f"crash {name}")
            check(f"crash {name}: the prompt answers, 128 + a signal",
                  int(machine.type("echo $?").split()[0]) > 128, True)
        check("the kernel is whole", machine.type("notb"), BEAST, contains)


def test_first_byte():
    """The first code speaks before there is a 64-bit kernel: on a CPU that
    cannot run one it still does."""
    with Machine("-cpu", "qemu32") as machine:
        machine.qemu.expect(rb".")
        check("a byte from the first 32-bit code", len(machine.qemu.after), 1)


main(test_kernel, test_iso, test_end_of_shell, test_crashes, test_first_byte)
