"""gdb's commands of the kernel's own, on a machine that waits; and the same run
backwards."""

import os
import subprocess

from machine import (BUILD, PATIENCE, check, contains, free_port,
                     gdb, main, matches, tools_run)

TO_NOTB = ("program notb", "continue")


def session(*commands, program=("notb",)):
    """What gdb says to these commands, after program NAME has begun."""
    port = free_port()
    words = [word for command in (*TO_NOTB, *commands)
             for word in ("-ex", command)]
    machine = subprocess.Popen(
        ["tools/run", "-build", BUILD, "-timeout", str(PATIENCE), "-qemu",
         f"-S -gdb tcp:127.0.0.1:{port}", "--", *program],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        return gdb("-x", "tools/gdb/colonel.gdb", *words, COLONEL_BUILD=BUILD,
                   COLONEL_PORT=port)
    finally:
        machine.terminate()
        machine.wait()


def test_who():
    said = session("ps", "cpus", "print $current().name", "print $cpu().id")
    check("program stops at main", said, r"main \(argc=1, .*notb\.c", matches)
    check("each stop says who runs", said, "[notb, process 2, in ring 3]",
          contains)
    check("ps: who runs", said, r"2 +1 +2 runs +notb +on CPU 0", matches)
    check("ps: where others sleep", said,
          r"1 +0 +1 (sleeps +init +in \w+\+|ready +init)", matches)
    check("cpus", said, r"\* thread 1  CPU 0: notb, process 2, in ring 3",
          matches)
    check("$current()", said, r'\$1 = "notb"', matches)
    check("$cpu()", said, r"\$2 = 0\b", matches)


def test_memory():
    said = session("maps", "walk &vvar_k", "walk $rip", "walk $rsp",
                   "walk 0x1000",
                   "what main", "what $rsp", "what &vvar_k", "frames", "auxv",
                   "maps 99")
    check("maps", said, r"r-- \[vvar\]\n0x\w+-0x\w+ r-x \[vdso\]", matches)
    check("walk: who maps the frame", said,
          r"mapped at 0x401000 in process 2\n", matches)
    check("walk: bits in words", said,
          r"level 1\[\s*\d+\] = \S+  writable, user, not executable", matches)
    check("walk: nothing there", said, "0x1000 is not mapped", contains)
    check("what: a function", said, r"0x\w+ is main, user/bin/notb.c:\d+",
          matches)
    check("what: an area", said, r"rw- \[stack\] of process 2", matches)
    check("what: the kernel", said, "in the kernel's image", contains)
    check("frames", said, r"\n +2 +\d+ +\d+\n", matches)
    check("auxv", said, r"AT_SYSINFO_EHDR +0x7f", matches)
    check("a process that is not there", said, "there is no process 99",
          contains)


def test_page():
    said = session("vvar", "hbreak update_vsyscall", "continue", "trap",
                   program=("notb", "-n", "100000000"))
    check("vvar", said, "vnotb     666", contains)
    check("vvar: clocks in seconds", said,
          r"CLOCK_MONOTONIC +\d+\.\d{9} at the last update", matches)
    check("trap: why the kernel was entered", said,
          r"entered by [\w' ]+, vector 0x", matches)


def test_syscall():
    said = session("syscall write", "continue", "continue", "continue",
                   "syscall 39999")
    check("syscall: who calls, with what", said,
          r"\[notb, process 2: write\(fd=1, .*size=18\)\]", matches)
    check("its result", said, "[write returns 18]", contains)
    check("a number that is none", said, "there is no system call 39999",
          contains)


def test_backwards():
    tools_run("-record", f"{BUILD}/record", "notb")
    done = subprocess.run(
        ["tools/gdb/replay", BUILD, "-batch", *(
            word for command in (
                *TO_NOTB, "hbreak __vdso_number_of_the_beast", "continue",
                "python here = now()", "reverse-stepi",
                "python print('BACK', here - now())", "stepi",
                "python print('SAME', here - now())", "delete",
                "hbreak update_vsyscall", "reverse-continue",
                "python print('EARLIER', now() < here)",
                "last-write vvar_k.vnotb", "backtrace 3",
                "last-write vvar_k.vnotb", "reverse-finish")
            for word in ("-ex", command))],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=2 * PATIENCE, check=False)
    said = done.stdout.decode(errors="replace")
    check("reverse-stepi", said, r"BACK [1-9]", matches)
    check("and forward again: the same moment", said, "SAME 0\n", contains)
    check("reverse-continue stops at the breakpoint", said,
          r"#0 +update_vsyscall", matches)
    check("which was earlier", said, "EARLIER True", contains)
    check("last-write finds the writer", said,
          r"kernel/time/vvar\.c", matches)


def test_second_gdb():
    """A machine of that folder waits already: the second one says so."""
    first = subprocess.Popen(
        ["tools/gdb/start", "-server", BUILD], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, start_new_session=True)
    try:
        while b"port" not in first.stdout.readline():
            pass
        second = subprocess.run(
            ["tools/gdb/start", BUILD], stdin=subprocess.DEVNULL, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check("a second machine of a folder", second.stdout.decode(),
              "waits already", contains)
        attached = subprocess.run(
            ["tools/gdb/attach", BUILD, "-batch", "-ex", "cpus"], check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        check("attach", attached.stdout.decode(), "boot_pvh", contains)
    finally:
        os.killpg(first.pid, 15)
        first.wait()


main(test_who, test_memory, test_page, test_syscall, test_backwards,
     test_second_gdb)
