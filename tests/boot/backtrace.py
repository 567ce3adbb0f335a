"""Backtraces, by gdb on a running machine: from each instruction of the vDSO's
functions, and from the tick's handler through the entry code, down to main."""

import re
import subprocess

from machine import BUILD, at_least, check, free_port, gdb, main

LIMIT = 240     # seconds for the machine


def stops():
    """What backtrace_gdb.py reports: (place, functions) for each stop."""
    port = free_port()
    machine = subprocess.Popen(
        ["tools/run", "-build", BUILD, "-timeout", str(LIMIT),
         "-add", f"{BUILD}/tests/guest/vdso_each",
         "-qemu", f"-S -gdb tcp:127.0.0.1:{port}", "--", "vdso_each"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        output = gdb("-x", "tools/gdb/colonel.gdb",
                     "-x", "tests/boot/backtrace_gdb.py",
                     COLONEL_BUILD=BUILD, COLONEL_PORT=port)
    finally:
        machine.terminate()
        machine.wait()
    found = [(place, names.split()) for place, names in
             re.findall(r"^AT (\S+) 0x[0-9a-f]+: (.*)$", output, re.M)]
    if not found:
        raise RuntimeError(output[-1500:])
    return found


def test_backtraces():
    found = stops()
    vdso = [stop for stop in found if stop[0] != "tick"]
    lost = [stop for stop in vdso if "main" not in stop[1]]
    check("the vDSO is stepped through", len(vdso), 200, at_least)
    check("main is below each of its instructions", lost[:3], [])
    names = {place.removesuffix("-slow") for place, _ in vdso
             if "-syscall" not in place}
    check("each of the seven functions was called", len(names), 7)
    check("some went on into the kernel", len(
        [place for place, _ in vdso if place.endswith("-syscall")]), 2,
          at_least)

    ticks = [names for place, names in found if place == "tick"]
    whole = [names for names in ticks
             if names[0] == "tick_handle" and names[-1] == "main"]
    check("the tick's backtrace goes from its handler to main",
          len(whole), 5, at_least)


main(test_backtraces)
