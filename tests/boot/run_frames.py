"""tools/run's own half: statuses, frames, files, failures, with a program in
QEMU's place that runs the command here and can misbehave."""

import os
import signal
import subprocess
import tempfile
import time

from machine import BUILD, check, contains, main, tools_run

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_qemu.py")
ALL_BYTES = bytes(range(256)) * 1000


def run(*words, how="", data=b""):
    return tools_run(*words, data=data,
                     environment={"QEMU": FAKE, "FAKE": how})


def test_statuses():
    for status in (0, 1, 127, 128, 255):
        check(f"exit status {status}",
              run("sh", "-c", f"exit {status}").returncode, status)
    check("exit status of a signal is 128 + its number",
          run("sh", "-c", "kill -SEGV $$").returncode, 128 + signal.SIGSEGV)


def test_streams():
    done = run("cat", data=ALL_BYTES)
    check("input comes back as output, byte for byte",
          (done.returncode, done.stdout == ALL_BYTES, done.stderr),
          (0, True, b""))
    done = run("sh", "-c", "cat >&2; echo out", data=ALL_BYTES)
    check("errors apart from output",
          (done.stdout, done.stderr == ALL_BYTES), (b"out\n", True))
    check("arguments arrive as they are",
          run("printf", "[%s]", "a b", "", "*", "ä").stdout,
          "[a b][][*][ä]".encode())
    check("a program that does not read its input ends all the same",
          run("true", data=ALL_BYTES).returncode, 0)


def test_files():
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/source", f"{folder}/target"
        with open(source, "wb") as file:
            file.write(ALL_BYTES)
        done = run("-add", f"{source}:/data/x", "-get", f"/data/x:{target}",
                   "true")
        with open(target, "rb") as file:
            check("a file goes in and comes out",
                  (done.returncode, file.read() == ALL_BYTES), (0, True))
    done = run("-get", "/absent", "true")
    check("a file that is not there is an error",
          (done.returncode, b"no file /absent" in done.stderr), (255, True))
    check("but the program's own failure comes first",
          run("-get", "/absent", "false").returncode, 1)
    done = run("-add", "/absent", "true")
    check("a host file that is not there is an error",
          (done.returncode, b"/absent" in done.stderr), (255, True))


def failure(how, sentence, *words):
    done = run(*words, "true", how=how)
    check(f"{how}: exit status 255", done.returncode, 255)
    check(f"{how}: a sentence", done.stderr, sentence, contains)
    return done


def test_failures():
    failure("crash-early", b"before /bin/true could be started")
    done = failure("crash", b"crashed or switched itself off while /bin/true")
    check("the console is shown after a crash", done.stderr,
          b"booting\r\n\r\nlast words", contains)
    failure("hang", b"hung while /bin/true ran: stopped after 4 seconds",
            "-timeout", "4")
    failure("panic", b"the kernel panicked while /bin/true ran")
    failure("version", b"speaks version 2")
    failure("no-frame", b"no frame: b'Q 5")
    failure("qemu-fails", b"fake-qemu: bad option")
    check("noise before the greeting is nothing",
          run("echo", "x", how="noise").stdout, b"x\n")


def test_linux():
    """Another kernel gets the orders in its initrd, and the device files."""
    done = run("-linux", "/vmlinuz", "echo", "hello")
    check("Linux's kernel and the same /init",
          (done.returncode, done.stdout), (0, b"hello\n"))


def test_usage():
    for words in ([], ["-nonsense", "true"], ["-timeout", "x", "true"],
                  ["-append"]):
        done = run(*words)
        check(f"usage: {' '.join(words) or 'no program'}",
              (done.returncode, done.stderr.startswith(b"tools/run: ")),
              (255, True))
    check("a missing kernel is named",
          run("-build", "tests", "true").stderr,
          b"no tests/colonel.elf: run make first", contains)


def test_console():
    with tempfile.TemporaryDirectory() as folder:
        done = run("-console", f"{folder}/console", "true")
        with open(f"{folder}/console", "rb") as file:
            check("-console keeps the kernel's messages apart",
                  (file.read(), done.stderr), (b"booting\r\n", b""))
    check("-v shows them", run("-v", "true").stderr, b"booting\r\n")


def wait_for_children(pid):
    """The processes that this one has started: none, if it ends before."""
    children = []
    while not children and os.path.exists(f"/proc/{pid}/exe"):
        time.sleep(0.1)
        with open(f"/proc/{pid}/task/{pid}/children",
                  encoding="utf-8") as file:
            children = file.read().split()
    return children


def test_interrupt():
    """^C ends the machine that was started, and leaves nothing behind."""
    with subprocess.Popen(
            ["tools/run", "-build", BUILD, "true"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, QEMU=FAKE, FAKE="hang")) as process:
        children = wait_for_children(process.pid)
        process.send_signal(signal.SIGINT)
        check("^C: exit status", process.wait(20), 128 + signal.SIGINT)
    check("^C: there was a machine", len(children), 1)
    check("^C: the machine is gone",
          [child for child in children if os.path.exists(f"/proc/{child}")],
          [])


main(test_statuses, test_streams, test_files, test_failures, test_linux,
     test_usage, test_console, test_interrupt)
