"""What cannot start says why, on the serial line and on the screen, and then
does what panic= says: nothing hangs in silence."""

import os
import re
import subprocess
import tempfile

from machine import BUILD, PATIENCE, check, contains, main
from screens import COLUMNS, PROMPT, Screen

SORRY = "Colonel cannot go on: "
INITRD = f"{BUILD}/initrd.cpio"
QEMU = ["qemu-system-x86_64", "-net", "none", "-display", "none", "-monitor",
        "none", "-no-reboot", "-serial", "stdio", "-device",
        "isa-debug-exit,iobase=0xf4,iosize=4"]
KERNEL = ["-kernel", f"{BUILD}/colonel.elf"]

folder = tempfile.TemporaryDirectory(prefix="colonel-")


def write(name, data):
    path = f"{folder.name}/{name}"
    with open(path, "wb") as file:
        file.write(data)
    return path


def initrd(name, init=None):
    """An archive with nothing but /init, which is this file."""
    path = f"{folder.name}/{name}"
    subprocess.run(["tools/mkcpio", "-o", path,
                    *([f"{init}:/init"] if init else [])], check=True)
    return ["-initrd", path]


def program(name, content):
    path = write(name, content)
    os.chmod(path, 0o755)
    return path


def damaged(name, how):
    with open(INITRD, "rb") as file:
        return ["-initrd", write(name, how(file.read()))]


def zeroed(data, at):
    return data[:at] + bytes(4096) + data[at + 4096:]


def elf_start():
    with open(f"{BUILD}/root/bin/notb", "rb") as file:
        return file.read(100)


def big_files(megabytes):
    path = write("big", bytes(megabytes << 20))
    return ["-fw_cfg", f"name=opt/colonel/initrd,file={path}"]


# Each broken start: QEMU's options, and how the sentence goes on.
WHOLE = ["-initrd", INITRD]
STARTS = {
    "no long mode": (["-cpu", "qemu32", *WHOLE], "it needs a CPU with long"),
    "no NX": (["-cpu", "max,-nx", *WHOLE], "it needs a CPU with the NX bit."),
    "no SYSCALL": (["-cpu", "max,-syscall", *WHOLE],
                   "it needs a CPU with SYSCALL."),
    "no SSE2": (["-cpu", "max,-sse2", *WHOLE],
                "it needs a CPU with CMOV, FXSAVE and SSE2."),
    "the initrd fills the memory": (
        ["-m", "2", "-initrd", write("700k", bytes(700 << 10))],
        "there is not enough memory for the initrd."),
    "too little memory for the added files": (
        ["-m", "16", *WHOLE, *big_files(16)],
        "there is not enough memory for the files of opt/colonel/initrd."),
    "no initrd": ([], "cannot start /init: there is no such file"),
    "an initrd cut off": (damaged("cut", lambda data: data[:100001]),
                          "the initrd is damaged or cut off."),
    "an initrd of nothing": (damaged("empty", lambda data: b"\n"),
                             "the initrd is damaged or cut off."),
    "an initrd with a hole": (
        damaged("hole", lambda data: zeroed(data, 0)),
        "the initrd is damaged or cut off."),
    "no /init": (initrd("none"), "cannot start /init: there is no such file"),
    "/init is a text": (initrd("text", program("hello", b"hello\n")),
                        "cannot start /init: it is no program"),
    "/init is a piece of a program": (
        initrd("piece", program("start", elf_start())), "cannot start /init: "),
    "/init ends": (initrd("ends", f"{BUILD}/root/bin/notb"),
                   "init ended with status "),
    "init= names no file": (
        [*WHOLE, "-append", "init=/bin/nothing"],
        "cannot start /bin/nothing: there is no such file"),
    "no ACPI": (["-machine", "pc,acpi=off", *WHOLE],
                "the ACPI tables tell of no APIC"),
}


def unfolded(screen):
    """The screen as one line, for screen.wait(): sentences go on over lines."""
    return lambda: ["".join(line.ljust(COLUMNS) for line in screen.text())]


def test_sentences():
    for name, (options, sentence) in STARTS.items():
        with Screen(*KERNEL, *options) as screen:
            whole = SORRY + sentence
            seen = screen.wait(unfolded(screen), re.escape(whole))
            check(f"{name}: a sentence on the screen", seen[0], whole,
                  contains)
            seen = screen.wait(screen.serial_lines, re.escape(whole))
            check(f"{name}: and on the serial line", "\n".join(seen), whole,
                  contains)


def ending(action, *options):
    """QEMU's exit status; None: it said why it stops, and runs on."""
    with subprocess.Popen([*QEMU, *KERNEL, *options, "-append",
                           f"panic={action}"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as qemu:
        said = b""
        while SORRY.encode() not in said:
            byte = qemu.stdout.read(1)
            if not byte:
                break
            said += byte
        try:
            qemu.communicate(timeout=3 if action == "stop" else PATIENCE)
        except subprocess.TimeoutExpired:
            qemu.kill()
            return None
        return qemu.returncode if said else "silent"


def test_endings():
    ends = {"exit": 255, "poweroff": 0, "reboot": 0, "stop": None}
    for action, expected in ends.items():
        check(f"panic={action}: before there is C",
              ending(action, "-cpu", "qemu32"), expected)
        check(f"panic={action}: without an initrd", ending(action), expected)


def test_words():
    """A word that is none is named, and the machine starts all the same."""
    sentence = 'command line: "quiet" is no word that the kernel knows'
    with Screen(*KERNEL, *WHOLE, "-append", "quiet vnotb=x") as screen:
        screen.wait(screen.text, PROMPT)
        check("an unknown word: on the screen", unfolded(screen)()[0],
              sentence, contains)
        check("an unknown word: on the serial line", screen.serial(), sentence,
              contains)
        check("a value that is none", screen.serial(),
              "vnotb=x: not an int", contains)


def test_grub():
    """The same words by the other protocol."""
    with Screen("-cpu", "qemu32", "-boot", "d", "-cdrom",
                f"{BUILD}/colonel.iso") as screen:
        whole = SORRY + "it needs a CPU with long mode"
        seen = screen.wait(unfolded(screen), re.escape(whole))
        check("GRUB, no long mode: a sentence on the screen", seen[0], whole,
              contains)


main(test_sentences, test_words, test_endings, test_grub)
