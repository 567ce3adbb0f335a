"""tools/run with a real machine: what goes in and comes out of a program."""

import os
import signal
import tempfile

from machine import (BEAST, BUILD, check, contains, main, matches,
                     tools_run)

ALL_BYTES = bytes(range(256)) * 64


def test_statuses():
    for status in (0, 1, 77, 127, 128, 255):
        check(f"exit status {status}",
              tools_run("sh", "-c", f"exit {status}").returncode, status)
    check("killed by a signal: 128 + its number",
          tools_run("sh", "-c", "kill -9 $$").returncode,
          128 + signal.SIGKILL)
    check("died of a fault: 128 + SIGSEGV",
          tools_run("crash", "null").returncode, 128 + signal.SIGSEGV)


def test_streams():
    done = tools_run("notb")
    check("notb: its line and nothing else",
          (done.returncode, done.stdout, done.stderr),
          (0, BEAST + b"\n", b""))
    done = tools_run("cat", data=ALL_BYTES)
    check("every byte value passes through unchanged, both ways",
          (done.returncode, done.stdout == ALL_BYTES, done.stderr),
          (0, True, b""))
    done = tools_run("sh", "-c", "echo out; echo err >&2")
    check("output and errors come apart", (done.stdout, done.stderr),
          (b"out\n", b"err\n"))
    check("arguments arrive as they are",
          tools_run("busybox", "printf", "[%s]", "a b", "", "*").stdout,
          b"[a b][][*]")
    done = tools_run("no-such-program")
    check("a program that is not there: 127 and a sentence",
          (done.returncode, b"no-such-program" in done.stderr), (127, True))


def test_files():
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/source", f"{folder}/target"
        with open(source, "wb") as file:
            file.write(os.urandom(300000))
        done = tools_run("-add", f"{source}:/new/folder/x",
                         "-get", f"/tmp/y:{target}",
                         "cp", "/new/folder/x", "/tmp/y")
        with open(source, "rb") as before, open(target, "rb") as after:
            check("-add and -get carry a file through",
                  (done.returncode, before.read() == after.read()),
                  (0, True))
    done = tools_run("-add", f"{BUILD}/user/bin/notb:/bin/copy", "copy")
    check("an added program runs", done.stdout, BEAST + b"\n")


def test_command_line():
    check("-append reaches the kernel",
          tools_run("-append", "vnotb=42", "notb").stdout,
          b"His number is 42\n")
    check("without a vDSO notb asks the kernel",
          tools_run("-append", "vdso=0", "notb").stdout, BEAST + b"\n")
    check("-iso boots through GRUB",
          tools_run("-iso", "notb").stdout, BEAST + b"\n")


def test_what_the_kernel_said():
    done = tools_run("crash", "vvar")
    check("a program that a signal ends: the kernel's report", done.stderr,
          b"crash, process 2: killed by signal 11: page fault", contains)
    check("and the reason", done.stderr,
          b"[vvar], which a program may only read", contains)
    check("a word that the kernel does not know",
          tools_run("-append", "vnotb=42 colour=blue", "notb").stderr,
          b'command line: "colour=blue" is no word', contains)
    check("init's environment has it",
          tools_run("-append", "colour=blue TERM=vt100", "busybox", "cat",
                    "/proc/1/environ").stdout,
          b"HOME=/\0TERM=vt100\0colour=blue\0")
    check("init's standard input is the console",
          tools_run("busybox", "readlink", "/proc/1/fd/0").stdout,
          b"/dev/console\n")
    check("a value that is wrong",
          tools_run("-append", "vnotb=x", "notb").stderr, b"vnotb=x: not an",
          contains)


def test_wrong_use():
    for words, sentence in (
            (["-smp", "notb"], b"-smp is followed by a number of CPUs"),
            (["-smp", "99", "notb"], b"Colonel uses 8 CPUs at most"),
            (["-m", "lots", "notb"], b"-m is followed by a number of MiB"),
            (["-limit", "-3", "notb"], b"-limit is followed by a number"),
            (["-build", "none", "notb"], b"make BUILD=none makes one")):
        done = tools_run(*words)
        check(f"{' '.join(words)}: the right use is said",
              (done.returncode, sentence in done.stderr), (255, True))
    if os.path.exists("/bin/ls"):
        check("a dynamic program without its libraries",
              tools_run("-add", "/bin/ls:/bin/host-ls", "host-ls").stderr,
              b"-add-with-libs /bin/ls brings", contains)


def test_leaks():
    check("-leaks: a program that leaves nothing",
          tools_run("-leaks", "sh", "-c", "cat /bin/busybox > /tmp/a; "
                    "rm /tmp/a; sleep 1000 & exit 3").returncode, 3)
    done = tools_run("-leaks", "touch", "/tmp/x")
    check("-leaks: one that leaves a name: 255", done.returncode, 255)
    check("and a sentence", done.stderr,
          b"/bin/touch left memory taken: 1 of kmalloc-", contains)


def test_time_limit():
    done = tools_run("-timeout", "10", "sleep", "1000")
    check("a program that does not end: 255", done.returncode, 255)
    check("and a sentence", done.stderr, b"hung while /bin/sleep ran",
          contains)


def test_limit():
    """In the guest's time, which goes fast when everybody sleeps."""
    clocked = ("-deterministic", "-limit", "20")
    done = tools_run(*clocked, "sh", "-c", "sleep 1000 | cat")
    check("a lost wake-up: 255", done.returncode, 255)
    check("every CPU is idle", done.stderr,
          b"CPU 0: idle: nothing is ready to run", contains)
    check("who sleeps", done.stderr, rb"process \d+ \(cat\) sleeps", matches)
    done = tools_run(*clocked[:2], "2", "notb", "-n", "1000000000")
    check("an endless loop: where in the program", done.stderr,
          rb"CPU 0: in ring 3, at (\w+\+)?0x", matches)
    check("which program", done.stderr, rb"process \d+ \(notb\) runs",
          matches)
    first, second = (tools_run("-deterministic", "sh", "-c",
                               "cat /proc/uptime; cat /proc/self/maps")
                     for _ in range(2))
    check("-deterministic: a run is like the other", first.stdout,
          second.stdout)


main(test_statuses, test_streams, test_files, test_command_line,
     test_what_the_kernel_said, test_wrong_use, test_leaks, test_time_limit,
     test_limit)
