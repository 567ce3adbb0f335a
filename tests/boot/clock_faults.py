"""Clocks on odd machines: each clock source, years far away, a host that stops
the whole machine for seconds. docs/time.md has the promises."""

import calendar
import os
import re
import signal
import subprocess
import time

from machine import BUILD, at_least, at_most, check, contains, main, tools_run

PAUSE = 4               # seconds


def run(*args):
    """(status, output) of a program in a machine."""
    done = tools_run(*args)
    return done.returncode, done.stdout.decode(errors="replace")


def timekeeping(*options):
    return run(*options, "--", "cat", "/proc/timekeeping")[1]


def guest_test(name, *options):
    """The failed lines of a guest test, or its status."""
    status, output = run(*options, "-timeout", "60",
                         "-add", f"{BUILD}/tests/guest/{name}", "--", name)
    return re.findall(r"^not ok.*", output, re.M) or status


def test_sources():
    for source in ("tsc", "hpet", "acpi_pm", "pit"):
        word = f"clocksource={source}"
        check(f"{word} is obeyed", timekeeping("-append", word),
              f"clocksource:\t{source}\n", contains)
        check(f"calls and traps agree on {source}",
              guest_test("vdso_calls", "-append", word), 0)


def test_no_such_source():
    check("an unknown source changes nothing",
          timekeeping("-append", "clocksource=sundial"),
          "clocksource:\ttsc\n", contains)
    check("nor one that the machine has not",
          timekeeping("-append", "clocksource=hpet", "-qemu",
                       "-machine pc,hpet=off"),
          "clocksource:\ttsc\n", contains)


def test_rate():
    """A counter of which the true rate is known: an instruction a tick."""
    seen = run("-qemu", "-icount shift=0,sleep=off",
               "--", "sh", "-c", "sleep 3; cat /proc/timekeeping")[1]
    khz, bound = map(int, re.search(
        r"tsc:\s*(\d+) kHz .* to (\d+) ppb", seen).groups())
    check("the TSC's rate is known to 100 ppm", abs(khz - 10**6), 100, at_most)
    check("and said to be", bound, 10**5, at_most)


def test_cpus():
    check("4 CPUs read the page that they write",
          guest_test("vdso_cpus", "-smp", "4"), 0)


def test_years():
    # QEMU's own chip goes wrong some years before 2100
    for base in ("1970-01-02T00:00:00", "2038-01-19T03:14:07",
                 "2068-02-28T23:59:59"):
        second = calendar.timegm(time.strptime(base, "%Y-%m-%dT%H:%M:%S"))
        output = run("-qemu", f"-rtc base={base}", "--",
                     "sh", "-c", "sleep 2; date +%s")[1]
        check(f"booted at {base}", int(output) - second, 2, at_least)
        check(f"and on from {base}", int(output) - second, 60, at_most)


def child_of(pid):
    """The process that this one has started: its QEMU."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


def test_stopped_machine():
    """The guest waits for a line between its two looks at the clock. Then it
    sleeps, and so for a tick: the host may have stopped it in the middle of
    one, and the next is the one that comes late."""
    began = time.monotonic()
    with subprocess.Popen(
            ["tools/run", "-build", BUILD, "--", "sh", "-c",
             "cat /proc/uptime; read line; cat /proc/uptime; sleep 1;"
             "cat /proc/timekeeping"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True) as process:
        first = float(process.stdout.readline().split()[0])
        qemu = child_of(process.pid)
        os.kill(qemu, signal.SIGSTOP)
        time.sleep(PAUSE)
        os.kill(qemu, signal.SIGCONT)
        process.stdin.write("go on\n")
        process.stdin.flush()
        second = float(process.stdout.readline().split()[0])
        elapsed = time.monotonic() - began
        rest = process.stdout.read()
    latest = int(re.search(r"latest_ns:\s*(\d+)", rest)[1])
    check("the clock goes on over a pause", second - first, PAUSE - 0.1,
          at_least)
    check("by no more than the pause", second, elapsed, at_most)
    check("the late update is counted", latest, (PAUSE - 0.5) * 10**9,
          at_least)
    check("the TSC is not blamed for it", rest, "nothing against it", contains)


main(test_sources, test_no_such_source, test_rate, test_cpus, test_years,
     test_stopped_machine)
