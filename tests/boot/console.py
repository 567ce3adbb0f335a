"""A person at the serial console: from power-on to the prompt and out again,
by GRUB from the ISO and by QEMU's own loader."""

import re

import pexpect

from machine import (BEAST, BUILD, PATIENCE, PROMPT, Machine, at_most, check,
                     contains, main, matches)

CONSOLE_LINES = 12
# What GRUB and the BIOS send to place the cursor is no line.
ESCAPES = (b"\x1b[", b"\x1bc")


WELCOME = (b"notb -n", b"vdso", b"maps", b"auxv", b"crash vvar", b"notb -w",
           b"/proc/sys/kernel/vnotb", b"help")


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
        check(f"{way}: the welcome names what to try", all(
            name in greeting for name in WELCOME), True)
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


def test_programs():
    """help names ours first, and each of ours explains itself."""
    with Machine() as machine:
        machine.prompt()
        text = machine.type("help")
        ours, _, busybox = text.partition(b"From busybox")
        check("help: ours, then busybox's", (b"maps [PID]" in ours,
              b"hexdump" in busybox, b"udhcpc" in busybox),
              (True, True, False))
        check("help: nothing that is not there", [
            name for name in re.findall(rb"^  ([a-z]+) ", ours, re.M)
            if b"usage: " + name not in machine.type(
                f"{name.decode()} --help")], [])
        check("vdso: the function, from memory", machine.type("vdso"),
              rb"0x\w+ +7 +LINUX_2.6 +global +__vdso_number_of_the_beast",
              matches)
        check("vdso NAME: its bytes", machine.type("vdso number_of_the_beast"),
              rb"8b 05 .. .. ff ff c3 ", matches)
        seen = machine.type("maps")
        check("maps: the library above its page", seen,
              rb"\[vdso\] +r-xp.*\n.*\n.*\[vvar\] +r--p", matches)
        check("maps: they have a colour", seen.count(b"\x1b[1;33m"), 2)
        check("maps | cat: no colour", machine.type("maps | cat"),
              b"\x1b[1;33m", lacks)


def test_terminal_size():
    """`make run` tells the guest the size of the terminal that it is in."""
    with pexpect.spawn("make", ["run-kernel", f"BUILD={BUILD}"],
                       timeout=PATIENCE, dimensions=(40, 132)) as run:
        run.expect(PROMPT)
        run.send("stty size\r")
        run.expect(PROMPT)
        check("a terminal of 132 columns", run.before, b"40 132", contains)
        run.send("poweroff\r")
        run.expect(pexpect.EOF)


def lacks(seen, unexpected):
    return unexpected not in seen


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


main(test_kernel, test_iso, test_end_of_shell, test_programs,
     test_terminal_size, test_crashes, test_first_byte)
