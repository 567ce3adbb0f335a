"""The screen and the keyboard, on BIOS and on UEFI: messages can be read, and
a shell can be used by somebody who has nothing else."""

import os
import re

from machine import BEAST, BUILD, at_most, check, contains, main, matches
from screens import PROMPT, UEFI, Screen

ISO = ["-boot", "d", "-cdrom", f"{BUILD}/colonel.iso"]
EMPTY = PROMPT + "$"


def has(lines, pattern):
    return any(re.search(pattern, line) for line in lines)


def use(name, screen, read):
    """One session: reads, types, edits a line, interrupts."""
    lines = screen.wait(read, PROMPT)
    check(f"{name}: the kernel's messages are on the screen", lines,
          r"Colonel, booted by GRUB", has)
    check(f"{name}: and on the serial line", screen.serial(),
          "Colonel, booted by GRUB", contains)
    check(f"{name}: so is what notb says before the prompt",
          [has(place, "^" + BEAST.decode())
           for place in (lines, screen.serial_lines())], [True, True])
    screen.type("notb; tty\n")
    lines = screen.wait(read, "^/dev/tty1$")
    check(f"{name}: what is typed is run", lines, "^" + BEAST.decode(), has)
    check(f"{name}: it is a terminal of its own", lines, "^/dev/tty1$", has)
    screen.type("echo Wrong")
    screen.press(*["left"] * 5)
    screen.type("Not ")
    screen.press("end")
    screen.type("ly\n")
    check(f"{name}: a line is edited with the arrows",
          screen.wait(read, "^Not Wrongly$"), "^Not Wrongly$", has)
    screen.type("(seq 3; sleep 1000)\n")
    screen.wait(read, "^3$")                # it runs
    screen.press("ctrl-c")
    screen.wait(read, EMPTY)
    screen.type("echo $((600+66))\n")
    check(f"{name}: ^C interrupts", screen.wait(read, "^666$"), "^666$", has)


def fill(name, screen, read, rows):
    """What needs the whole screen."""
    screen.type("clear; stty size\n")
    lines = screen.wait(read, rf"^{rows} \d+$")
    check(f"{name}: clear clears, and the size is known", lines[:1],
          rf"^{rows} ", has)
    screen.type("vi /tmp/x\n")
    screen.wait(read, "^~$")
    screen.type("ione")
    screen.press("ret")
    screen.type("two")
    screen.wait(read, "^two$")
    screen.wait(read, "^I /tmp/x")
    screen.press("esc")
    screen.wait(read, "^- /tmp/x")
    screen.type("yyp:x\n")
    screen.wait(read, EMPTY)
    screen.type("clear; cat /tmp/x; echo $((40+2))\n")
    lines = screen.wait(read, "^42$")
    check(f"{name}: vi edits", lines[:3], ["one", "two", "two"])
    screen.type("seq 500\n")
    screen.wait(read, "^500$")
    lines = screen.wait(read, PROMPT)       # it no longer moves
    numbers = [line for line in lines if line.isdigit()]
    check(f"{name}: it scrolls", numbers[-3:],
          ["498", "499", "500"])


def test_size():
    size = os.path.getsize(f"{BUILD}/colonel.iso") - \
        os.path.getsize(f"{BUILD}/initrd.cpio")
    check("the ISO without its files is below 2 MB", size, 2000000, at_most)


def test_bios():
    with Screen(*ISO) as screen:
        use("bios", screen, screen.text)
        fill("bios", screen, screen.text, 25)
        screen.type("poweroff\n")
        check("bios: poweroff ends the machine", screen.wait_end(), 0)


def test_uefi():
    with Screen("-bios", UEFI, *ISO) as screen:
        lines = screen.wait(screen.pixels, PROMPT)
        check("uefi: no word of an error on the serial line",
              [line for line in screen.serial().splitlines()
               if "error" in line], [])
        check("uefi: the shell is on the screen", lines, EMPTY, has)
        use("uefi", screen, screen.pixels)
        fill("uefi", screen, screen.pixels, 48)


def test_as_a_disk():
    """The same file written to a stick, say."""
    for name, firmware in (("bios", []), ("uefi", ["-bios", UEFI])):
        disk = f"format=raw,snapshot=on,file={BUILD}/colonel.iso"
        with Screen(*firmware, "-drive", disk) as screen:
            screen.wait(screen.serial_lines, PROMPT)
            check(f"{name}: the ISO starts as a disk, too", screen.serial(),
                  PROMPT, matches)


def test_console_word():
    with Screen("-kernel", f"{BUILD}/colonel.elf", "-initrd",
                f"{BUILD}/initrd.cpio", "-append", "console=tty1") as screen:
        screen.wait(screen.text, PROMPT)
        screen.type("echo for the console > /dev/console; echo $((600+66))\n")
        lines = screen.wait(screen.text, "^666$")
        check("console=tty1: /dev/console is the screen",
              [has(place, "^for the console$")
               for place in (lines, screen.serial_lines())], [True, False])


def test_no_screen():
    with Screen("-vga", "none", "-kernel", f"{BUILD}/colonel.elf", "-initrd",
                f"{BUILD}/initrd.cpio") as screen:
        screen.wait(screen.serial_lines, PROMPT)
        check("a machine without a screen starts", screen.serial(),
              PROMPT, matches)


main(test_size, test_as_a_disk, test_bios, test_console_word, test_no_screen,
     test_uefi)
