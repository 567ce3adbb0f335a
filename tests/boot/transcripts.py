"""Replays what the documents show: each block of README.md, docs/ and labs/
that has a line `$ COMMAND`, `colonel:/root# COMMAND` or `(gdb) COMMAND`.

The commands are given to a shell, to a machine's prompt and to gdb, in the
order of the document, and what they print must be what is printed there. A
number stands for any number of its kind, except those that a text is about
(EXACT) and those of the command itself; blanks count as one; `...` stands for
anything, alone on a line for any lines. A command with nothing below it may
print what it likes, but must succeed. A line `<!-- not replayed: WHY -->`
before a block excuses it.

    transcripts.py [DOCUMENT]...
"""

import glob
import os
import re
import subprocess
import sys

import pexpect

from machine import PATIENCE, PROMPT, check, main, results

EXACT = {"0", "666", "42", "0x29a"}
BLOCK = re.compile(r"(?:<!-- not replayed: (?P<why>[^\n]*) -->\n+)?"
                   r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
                   re.M | re.S)
COMMAND = re.compile(r"(\$ |colonel:\S*# |\(gdb\) )(.*)")
LONG = 900                      # seconds for one command: it may build
GDB_PROMPT = re.compile(r"\(gdb\) $")
ESCAPE = re.compile(r"\x1b(\[[\d;?=]*[A-Za-z]|c|\(B)")
# What opens a machine's prompt or gdb's, instead of ending.
OPENS_MACHINE = ("make run", "qemu-system-x86_64")
OPENS_GDB = ("make gdb", "make replay", "make attach")


# ---- Reading the documents ---------------------------------------------------

def blocks(text):
    """(line number, excuse, [(prompt, command, output lines)]) of each block
    that is a session."""
    for found in BLOCK.finditer(text):
        steps = [] if found["language"] else read_steps(found["text"])
        if steps:
            yield (text.count("\n", 0, found.start("text")), found["why"],
                   steps)


def read_steps(block):
    steps, lines = [], block.split("\n")[:-1]
    while lines:
        line = lines.pop(0)
        found = COMMAND.fullmatch(line)
        if found:
            command = found[2]
            while command.endswith("\\") and lines:
                command = command[:-1] + lines.pop(0).strip()
            steps.append((found[1], command, []))
        elif steps:
            steps[-1][2].append(line)
        elif any(map(COMMAND.fullmatch, lines)):
            steps.append(("", "begins with a line that is no command", []))
    return steps


# ---- Comparing ---------------------------------------------------------------

TOKEN = re.compile(r"\.\.\.|0x[0-9a-f]+|\b[0-9a-f]*[0-9][0-9a-f]*\b"
                   r"|[0-9]+|\s+|.")


def line_pattern(line, exact):
    parts = []
    for token in TOKEN.findall(line.rstrip()):
        if token == "...":
            parts.append(".*")
        elif token.isspace():
            parts.append(r"\s+")
        elif token in exact:
            parts.append(r"(?<![0-9])" + re.escape(token) + r"(?![0-9])")
        elif token.startswith("0x"):
            parts.append("0x[0-9a-f]+")
        elif token.isdigit():
            parts.append("[0-9]+" if len(token) < 6 else "[0-9a-f]+")
        elif re.fullmatch("[0-9a-f]*[0-9][0-9a-f]*", token):
            parts.append("[0-9a-f]+")
        else:
            parts.append(re.escape(token))
    return "".join(parts).replace("[0-9]+,[0-9]+", "[0-9,]+")


def is_shown(expected, seen, command=""):
    """The line that is not as the document has it, or None."""
    exact = EXACT | set(re.findall("[0-9]+", command))
    seen = [line.rstrip() for line in seen if line.strip()]
    expected = [line for line in expected if line.strip()]
    skip = False
    for line in expected:
        if line.strip() == "...":
            skip = True
            continue
        pattern = re.compile(r"\s*" + line_pattern(line.lstrip(), exact))
        while skip and seen and not pattern.fullmatch(seen[0]):
            seen.pop(0)
        skip = False
        if not seen or not pattern.fullmatch(seen[0]):
            return f"the document has: {line}; the command printed: " + \
                (seen[0] if seen else "no more")
        seen.pop(0)
    return f"the command printed also: {seen[0]}" if seen and not skip \
        else None


# ---- Replaying ---------------------------------------------------------------

class Session:
    """A shell, and a machine's prompt or gdb's when a command has opened it."""

    def __init__(self):
        self.machine = self.gdb = None

    def close(self):
        for child in (self.machine, self.gdb):
            if child:
                child.close(force=True)
        self.machine = self.gdb = None

    def run(self, prompt, command, expected):
        """What the command printed, as lines."""
        if not prompt:
            return [command]
        if prompt == "(gdb) ":
            output = self.in_gdb(command)
        elif prompt.startswith("colonel"):
            output = self.in_guest(command)
        elif command.startswith(OPENS_MACHINE):
            output = self.open_machine(command)
        elif command.startswith(OPENS_GDB):
            output = self.open_gdb(command)
        else:
            done = subprocess.run(
                ["bash", "-c", command], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=LONG, check=False)
            output = done.stdout.decode(errors="replace")
            if done.returncode and not expected:
                output += f"\n(status {done.returncode})"
                expected.append("(status 0)")
        return ESCAPE.sub("", output).replace("\r", "\n").split("\n")

    def spawn(self, command, timeout):
        child = pexpect.spawn(
            "bash", ["-c", command], timeout=timeout, dimensions=(50, 200),
            env=dict(os.environ, TERM="dumb"), encoding="utf-8",
            codec_errors="replace")
        child.delaybeforesend = 0.1
        return child

    def open_machine(self, command):
        self.close()
        self.machine = self.spawn(command, LONG)
        self.machine.expect(PROMPT.decode())
        return self.machine.before

    def in_guest(self, command):
        if not self.machine:
            self.open_machine("make run-kernel")
        self.machine.timeout = PATIENCE
        self.machine.send(command + "\r")
        self.machine.expect("\r?\n")
        end = self.machine.expect([PROMPT.decode(), pexpect.EOF])
        output = self.machine.before
        if end:
            self.machine = None
        return output

    def open_gdb(self, command):
        self.close()
        self.gdb = self.spawn(command, LONG)
        self.gdb.expect(GDB_PROMPT)
        output = self.gdb.before
        for setting in ("width 0", "pagination off", "confirm off",
                        "style enabled off"):
            self.in_gdb("set " + setting)
        return output

    def in_gdb(self, command):
        if not self.gdb:
            self.open_gdb("make gdb")
        self.gdb.timeout = PATIENCE
        self.gdb.send(command + "\n")
        self.gdb.expect("\r?\n")
        end = self.gdb.expect([GDB_PROMPT, pexpect.EOF])
        output = self.gdb.before
        if end:
            self.gdb = None
        return output


def replay(session, steps):
    """What is wrong with a block first, or None."""
    all_wrong = []
    for prompt, command, expected in steps:
        seen = session.run(prompt, command, expected)
        wrong = (expected or not prompt) and is_shown(expected, seen, command)
        all_wrong += [f"{prompt}{command}: {wrong}"] if wrong else []
    return all_wrong[0] if all_wrong else None


def replay_document(name):
    with open(name, encoding="utf-8") as file:
        text = file.read()
    session = Session()
    for number, why, steps in blocks(text):
        title = f"{name}:{number}: {steps[0][1]}"
        if why:
            results.append(True)
            print(f"ok {len(results)} - {title} # SKIP {why}")
            continue
        try:
            wrong = replay(session, steps)
        except (pexpect.ExceptionPexpect, subprocess.TimeoutExpired) as error:
            wrong = f"it did not end: {str(error)[-300:]}"
            session.close()
        check(title, wrong, None)
    session.close()


def test_documents():
    subprocess.run(["make", "all"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["make", "build-debug"], check=True,
                   stdout=subprocess.DEVNULL)
    for name in sys.argv[1:] or ["README.md", *sorted(
            glob.glob("docs/*.md") + glob.glob("labs/**/*.md",
                                               recursive=True))]:
        replay_document(name)


# ---- An old transcript fails -------------------------------------------------

OLD = (
    ("a value that the text is about", "His number is 666",
     "His number is 42"),
    ("a number of the command", "1000 reads made 1000 system calls",
     "1000 reads made 7 system calls"),
    ("another word", "time: TSC 1999.997 MHz by acpi_pm, trusted",
     "time: TSC 2596.1 MHz by acpi_pm; clock tsc"),
    ("a line more", "one", "one\ntwo"),
    ("a line less", "one\ntwo", "one"),
    ("a line that the rest leaves out", "one\n...\nthree", "one\ntwo"),
)
SAME = (
    ("other numbers", "vDSO  27.7   13.7", "vDSO    7.1     3.5"),
    ("other addresses", "7fcc56727000-7fcc56737000 r--p [vvar]",
     "7ffcf894c000-7ffcf894d000 r--p [vvar]"),
    ("lines left out", "one\n...\nthree", "one\ntwo\ntwo\nthree"),
    ("the rest of a line left out", "it lies in ... [vvar]",
     "it lies in 0x7fff-0x8000 r-- [vvar]"),
)


def test_comparison():
    for name, old, now in OLD:
        check(f"it fails for {name}", is_shown(
            old.split("\n"), now.split("\n"), "notb -n 1000") is None, False)
    for name, old, now in SAME:
        check(f"it passes for {name}", is_shown(
            old.split("\n"), now.split("\n")), None)


main(test_comparison, test_documents)
