"""What the tests in this folder share: TAP, tools/run, and a machine with a
console to talk to. They run in the project's root; $BUILD is what to boot."""

import os
import re
import socket
import subprocess
import sys
import traceback

import pexpect

BUILD = os.environ.get("BUILD", "build")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
# Not "at the end of what has come": the kernel may add a line of its own.
PROMPT = rb"[^\r\n]*colonel:[^\r\n]*# "
BEAST = b"His number is 666"
PATIENCE = 120          # seconds: the host may be busy

# gdb's own patience is 2 seconds for an answer.
GDB = ["gdb", "-nx", "-q", "-batch", "-ex", f"set remotetimeout {PATIENCE}",
       "-ex", f"set tcp connect-timeout {PATIENCE}"]

results = []


def check(name, seen, expected, test=None):
    """One TAP line: passes when test(seen, expected), by default equality."""
    passed = test(seen, expected) if test else seen == expected
    results.append(passed)
    print(f"{'ok' if passed else 'not ok'} {len(results)} - {name}")
    if not passed:
        print(f"# expected {shorten(expected)}")
        print(f"# saw      {shorten(seen)}")
    sys.stdout.flush()


def contains(seen, expected):
    return expected in seen


def matches(seen, expected):
    return re.search(expected, seen)


def at_least(seen, expected):
    return seen >= expected


def at_most(seen, expected):
    return seen <= expected


def shorten(value):
    text = repr(value)
    return text if len(text) < 1500 else text[:700] + " ... " + text[-700:]


def main(*tests):
    """Runs the tests; one that raises has failed and the others go on."""
    for test in tests:
        try:
            test()
        except Exception:
            results.append(False)
            print(f"not ok {len(results)} - {test.__name__}")
            for line in traceback.format_exc().splitlines()[-12:]:
                print(f"# {line[:300]}")
    print(f"1..{len(results)}")
    sys.exit(0 if results and all(results) else 1)


def tools_run(*words, data=b"", environment=None, limit=200):
    """tools/run with these words; its status, output and errors."""
    return subprocess.run(
        ["tools/run", "-build", BUILD, *words], input=data,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit,
        env=dict(os.environ, **(environment or {})), check=False)


def gdb(*words, **environment):
    """What gdb says to these words, on a machine that runs already."""
    done = subprocess.run(
        [*GDB, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=2 * PATIENCE, check=False,
        env=dict(os.environ, **environment))
    return done.stdout.decode(errors="replace")


def free_port():
    """For gdb, as a word."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Machine:
    """QEMU with its console on a pseudo-terminal of ours."""

    serial = ["-serial", "stdio"]

    def __init__(self, *options, iso=False):
        boot = ["-boot", "d", "-cdrom", f"{BUILD}/colonel.iso"] if iso else \
            ["-kernel", f"{BUILD}/colonel.elf",
             "-initrd", f"{BUILD}/initrd.cpio"]
        self.qemu = pexpect.spawn(
            "qemu-system-x86_64",
            ["-cpu", "max", "-m", "256", "-net", "none", "-no-reboot",
             "-display", "none", "-monitor", "none", *self.serial, *boot,
             *options], timeout=PATIENCE)
        self.qemu.delaybeforesend = 0.1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qemu.close(force=True)

    def prompt(self):
        """Waits for the shell; what the console said before it."""
        self.qemu.expect(PROMPT)
        return self.qemu.before

    def type(self, line):
        """One command; what it printed before the next prompt."""
        self.qemu.send(line + "\r")
        self.qemu.expect(rb"\r?\n")
        return self.prompt()

    def end(self, line):
        """A command that ends the machine; True when QEMU ended by itself."""
        self.qemu.send(line + "\r")
        self.qemu.expect(pexpect.EOF)
        self.qemu.wait()
        return self.qemu.exitstatus == 0
