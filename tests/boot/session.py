"""A person at the prompt, on a pseudo-terminal: types, edits, completes,
interrupts, stops, resumes, pipes, and uses the programs that fill a screen."""

import re

from machine import Machine, at_least, check, contains, main

ESCAPE, INTERRUPT, SUSPEND, END, TAB = "\x1b", "\x03", "\x1a", "\x04", "\t"
UP, LEFT, DELETE = "\x1b[A", "\x1b[D", "\x1b[3~"
# Prints 666, which the line as it is typed does not contain.
READY = "echo $((6*111))"


class Terminal(Machine):
    """The same machine, but ^C and ^Z go to the guest and not to QEMU."""

    serial = ["-chardev", "stdio,id=line,signal=off", "-serial",
              "chardev:line"]

    def press(self, *keys):
        """Keys; an escape sequence is sent in one piece."""
        for key in keys:
            self.qemu.send(key)

    def until(self, text):
        """Waits until the screen has shown this."""
        self.qemu.expect_exact(text)

    def start(self, command):
        """A command that says READY when the terminal is its own: a key that
        comes before would be the shell's."""
        self.press(command + "\r")
        self.until("\n666")

    def status(self):
        return self.type("echo status $?")


def test_jobs():
    with Terminal() as t:
        t.prompt()
        t.type("sleep 100 | cat &")
        check("a job in the background", t.type("jobs"), b"Running", contains)
        t.start(f"({READY}; exec sleep 500)")
        t.press(SUSPEND)
        check("^Z stops", t.prompt(), b"Stopped", contains)
        t.type("bg")
        check("bg resumes", t.type("jobs").count(b"Running"), 2)
        ends = t.type("kill %1 %2") + t.type("wait; jobs")
        check("kill of jobs", ends.count(b"Terminated"), 2)
        t.start(f"({READY}; exec sleep 500)")
        t.press(INTERRUPT)
        t.prompt()
        check("^C interrupts", t.status(), b"status 130", contains)
        t.start(f"({READY}; exec cat)")
        t.press("one\r")
        t.until("one")                      # the terminal's echo
        t.until("one")                      # and cat's
        t.press(SUSPEND)
        t.prompt()
        t.press("fg\r")
        t.until("exec cat")
        t.press("two\r", END)
        check("fg, and ^D ends", t.prompt().count(b"two"), 2)
        t.start(f"({READY}; exec cat) | cat | cat")
        t.press(INTERRUPT)
        t.prompt()
        check("^C interrupts a pipeline", t.status(), b"status 130", contains)
        t.start(f"(trap 'echo caught; exit' INT; {READY}; "
                "while :; do sleep 1; done)")
        t.press(INTERRUPT)
        check("a trap of ^C", t.prompt(), b"caught", contains)


def test_line():
    with Terminal() as t:
        t.prompt()
        check("a pipe", t.type("seq 100 | grep 7 | wc -l"), b"19", contains)
        t.press("ecc", "\x7f", "ho ed", LEFT, LEFT, DELETE, "X")
        check("backspace, arrows, delete", t.type(""), b"Xd", contains)
        t.press(UP)
        t.until("echo Xd")
        check("history", t.type(""), b"Xd", contains)
        t.type("touch /tmp/unmistakable")
        t.press("ls /tmp/unm", TAB)
        check("completion", t.type(""), b"/tmp/unmistakable", contains)
        for line in ("cat << X\r", "here\r"):
            t.press(line)
            t.until("> ")
        check("a here-document", t.type("X"), b"here", contains)
        check("a script", t.type(
            "for i in 1 2 3; do echo $((i*i)); done > /tmp/s; cat /tmp/s"),
            b"9", contains)
        check("redirection", int(t.type(
            "seq 3 > /tmp/r; seq 4 >> /tmp/r; wc -l < /tmp/r").split()[0]), 7)
        check("find", int(t.type("find / -xdev | wc -l").split()[0]), 100,
              at_least)
        check("dd", t.type("dd if=/dev/zero bs=1k count=9 | wc -c"), b"9216",
              contains)
        check("date", t.type("date -u -d @0 +%Y"), b"1970", contains)
        real = re.search(rb"real\s+(\d+)m (\d+\.\d+)s",
                         t.type("time sleep 0.1"))
        check("time", int(real[1]) * 60 + float(real[2]), 0.1, at_least)
        check("hexdump", t.type("echo AB | hexdump -C"), b"41 42 0a", contains)
        check("ps", t.type("ps"), b"/init", contains)


def test_screens():
    with Terminal() as t:
        t.prompt()
        for keys, seen in (("vi /tmp/text\r", "- /tmp/text"),
                           ("i", "I /tmp/text"), ("hello", "hello"),
                           (ESCAPE, "- /tmp/text")):
            t.press(keys)
            t.until(seen)
        t.press(":wq\r")
        t.prompt()
        check("vi writes", t.type("cat /tmp/text"), b"hello", contains)
        t.press("top\r")
        t.until("Load average")
        t.press("q")
        check("top", t.prompt(), b"/init", contains)
        t.type("seq 1 200 > /tmp/lines")
        t.press("less /tmp/lines\r")
        t.until("22")
        t.press(" ")
        t.until("45")
        t.press("q")
        t.prompt()
        check("less turns pages", t.status(), b"status 0", contains)
        t.start(f"watch -n 1 '{READY}'")
        t.until("\n666")
        t.press(INTERRUPT)
        t.prompt()
        check("watch, until ^C", t.type("echo here"), b"here", contains)
        check("poweroff", t.end("poweroff"), True)


main(test_jobs, test_line, test_screens)
