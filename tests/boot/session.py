"""A person at the prompt, on a pseudo-terminal: types, edits, completes,
interrupts, stops, resumes, pipes, and uses the programs that fill a screen."""

import time

import pexpect

from machine import (BUILD, PATIENCE, Machine, at_least, check, contains, main)

ESCAPE, INTERRUPT, SUSPEND, END, UP, TAB = \
    "\x1b", "\x03", "\x1a", "\x04", "\x1b[A", "\t"


class Terminal(Machine):
    """The same machine, but ^C and ^Z go to the guest and not to QEMU."""

    def __init__(self):
        self.qemu = pexpect.spawn(
            "qemu-system-x86_64",
            ["-cpu", "max", "-m", "256", "-net", "none", "-no-reboot",
             "-display", "none", "-monitor", "none",
             "-chardev", "stdio,id=line,signal=off", "-serial", "chardev:line",
             "-kernel", f"{BUILD}/colonel.elf",
             "-initrd", f"{BUILD}/initrd.cpio"], timeout=PATIENCE)
        self.qemu.delaybeforesend = 0.1

    def press(self, *keys, before=0.5):
        """Keys, each after a moment in which the program gets ready."""
        for key in keys:
            time.sleep(before)
            self.qemu.send(key)

    def until(self, text):
        """Waits until the screen has shown this."""
        self.qemu.expect_exact(text)

    def status(self):
        return self.type("echo status $?")


def test_jobs():
    with Terminal() as t:
        t.prompt()
        t.type("sleep 100 | cat &")
        check("a job in the background", t.type("jobs"), b"Running", contains)
        t.qemu.send("sleep 50\r")
        t.press(SUSPEND)
        check("^Z stops", t.prompt(), b"Stopped", contains)
        t.type("bg")
        check("bg resumes", t.type("jobs").count(b"Running"), 2)
        t.type("kill %1 %2")
        time.sleep(0.3)
        check("kill of jobs", t.type("jobs").count(b"Terminated"), 2)
        t.qemu.send("sleep 50\r")
        t.press(INTERRUPT)
        t.prompt()
        check("^C interrupts", t.status(), b"status 130", contains)
        t.qemu.send("cat\r")
        t.press("one\r", SUSPEND)
        t.prompt()
        t.qemu.send("fg\r")
        t.press("two\r", END)
        check("fg, and ^D ends", t.prompt().count(b"two"), 2)
        t.qemu.send("cat | cat | cat\r")
        t.press(INTERRUPT)
        t.prompt()
        check("^C interrupts a pipeline", t.status(), b"status 130", contains)
        t.qemu.send("sh -c 'trap \"echo caught\" INT; sleep 5; echo on'\r")
        t.press(INTERRUPT)
        check("a trap of ^C", t.prompt(), b"caught", contains)


def test_line():
    with Terminal() as t:
        t.prompt()
        check("a pipe", t.type("seq 100 | grep 7 | wc -l"), b"19", contains)
        t.qemu.send("ecc")
        t.press("\x7f", f"ho ed{ESCAPE}[D{ESCAPE}[D{ESCAPE}[3~X\r",
                before=0.1)
        check("backspace, arrows, delete", t.prompt(), b"\nXd", contains)
        t.qemu.send(UP + "\r")
        check("history", t.prompt(), b"\nXd", contains)
        t.type("touch /tmp/unmistakable")
        t.qemu.send("ls /tmp/unm" + TAB)
        t.press("\r")
        check("completion", t.prompt(), b"/tmp/unmistakable", contains)
        t.qemu.send("cat << X\rhere\rX\r")
        t.until("> X")
        check("a here-document", t.prompt(), b"\nhere", contains)
        check("a script", t.type(
            "for i in 1 2 3; do echo $((i*i)); done > /tmp/s; cat /tmp/s"),
            b"9", contains)
        check("find", int(t.type("find / -xdev | wc -l").split()[0]), 100,
              at_least)
        check("dd", t.type("dd if=/dev/zero bs=1k count=9 | wc -c"), b"9216",
              contains)
        check("date", t.type("date -u -d @0 +%Y"), b"1970", contains)
        check("time", t.type("time sleep 0.1"), b"0.1", contains)
        check("hexdump", t.type("echo AB | hexdump -C"), b"41 42 0a", contains)
        check("ps", t.type("ps"), b"/init", contains)


def test_screens():
    with Terminal() as t:
        t.prompt()
        t.qemu.send("vi /tmp/text\r")
        t.press("i", "hello", ESCAPE, ":wq\r")
        t.prompt()
        check("vi writes", t.type("cat /tmp/text"), b"hello", contains)
        t.qemu.send("top\r")
        t.until("Load average")
        t.press("q")
        check("top", t.prompt(), b"/init", contains)
        t.type("seq 1 200 > /tmp/lines")
        t.qemu.send("less /tmp/lines\r")
        t.until("22")
        t.press(" ")
        t.until("45")
        t.press("q")
        t.prompt()
        check("less turns pages", t.status(), b"status 0", contains)
        t.qemu.send("watch -n 1 echo again\r")
        t.until("again")
        t.until("again")
        t.press(INTERRUPT)
        t.prompt()
        check("watch, until ^C", t.type("echo here"), b"here", contains)
        check("poweroff", t.end("poweroff"), True)


main(test_jobs, test_line, test_screens)
