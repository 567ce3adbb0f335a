"""The other CPUs: how many start, one that never answers, counters that do not
agree, what gdb shows of each, and non-maskable interrupts at any moment."""

import json
import re
import socket
import struct
import subprocess
import tempfile
import time

from machine import (BUILD, at_least, check, contains, free_port, gdb, main,
                     matches, tools_run)

LIMIT = 100             # seconds
NOBODY = 77             # an APIC's number that no CPU has
BUSY = "while :; do :; done & echo ready; cat"


def shell(script, *options):
    return tools_run(*options, "--", "sh", "-c", script).stdout.decode()


def cpus(*options):
    return shell("grep -c ^processor /proc/cpuinfo", *options).strip()


def test_how_many():
    check("one CPU", cpus(), "1")
    check("four", cpus("-smp", "4"), "4")
    check("eight", cpus("-smp", "8"), "8")
    check("no more than eight", cpus("-qemu", "-smp 9"), "8")
    check("maxcpus=2", cpus("-smp", "4", "-append", "maxcpus=2"), "2")
    check("nosmp", cpus("-smp", "4", "-append", "nosmp"), "1")


def one_more_cpu():
    """The body of an APIC table that tells of a CPU nobody has (ACPI 5.2.12):
    addresses and flags, then one local APIC that is enabled."""
    return struct.pack("<II", 0xfee00000, 1) + \
        struct.pack("<BBBBI", 0, 8, NOBODY, NOBODY, 1)


def test_no_answer():
    with tempfile.NamedTemporaryFile(prefix="colonel-") as table, \
            tempfile.NamedTemporaryFile(prefix="colonel-") as console:
        table.write(one_more_cpu())
        table.flush()
        options = ["-smp", "3", "-console", console.name, "-qemu",
                   f"-acpitable sig=APIC,data={table.name}"]
        check("the CPUs that answer are used", cpus(*options), "3")
        said = console.read().decode(errors="replace")
    check("one that does not is reported", said,
          f"CPU with APIC {NOBODY} does not answer: left out", contains)


def test_counters_agree():
    said = shell("cat /proc/timekeeping", "-smp", "3")
    check("each CPU's counter is compared with the first's", said,
          r"cpus:\s+2 compared, [1-9]\d* hand-overs, 0 cycles back", matches)
    check("and the clock is the TSC", said, "clocksource:\ttsc\n", contains)


def look(port, *commands):
    words = [word for command in commands for word in ("-ex", command)]
    return gdb(f"{BUILD}/colonel.elf",
               "-ex", f"target remote 127.0.0.1:{port}", *words)


def machine(port, script, *options):
    return subprocess.Popen(
        ["tools/run", "-build", BUILD, "-timeout", str(LIMIT), *options,
         "-qemu", f"-gdb tcp:127.0.0.1:{port}", "--", "sh", "-c", script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_counters_differ():
    """TCG's never do: gdb tells the second CPU of a look far ahead."""
    port = free_port()
    wait = "until grep not.the.same /proc/timekeeping; do sleep 0.1; done; "
    with machine(port, wait + "cat /proc/timekeeping", "-smp", "2",
                 "-qemu", "-S") as process:
        look(port, "hbreak warp_check", "continue",
             "set var warp_seen.last = 1ull << 62", "delete", "detach")
        said = process.communicate(timeout=LIMIT)[0].decode()
    check("a step back is seen", said, r"hand-overs, [1-9]\d{17,} cycles back",
          matches)
    check("and told", said, "tsc_verdict:\tnot the same on all CPUs\n",
          contains)
    check("another clock is taken", said, r"clocksource:\t(hpet|acpi_pm)\n",
          matches)
    check("programs ask the kernel", said, "why:\t\tthe TSC is not trusted any",
          contains)


def test_gdb():
    port = free_port()
    process = machine(port, BUSY, "-smp", "4")
    try:
        process.stdout.readline()
        said = look(port, "info threads",
                    "source tools/gdb/commands.py", "cpus")
    finally:
        process.terminate()
        process.wait()
    check("gdb has a thread for each CPU",
          len(re.findall(r"^[* ] +\d+ +Thread", said, re.M)), 4)
    lines = re.findall(r"^[* ] thread (\d+)  (CPU \d+: .*)$", said, re.M)
    check("`cpus` knows each", [(number, what[:5]) for number, what in lines],
          [("1", "CPU 0"), ("2", "CPU 1"), ("3", "CPU 2"), ("4", "CPU 3")])
    # the other shell and init may not be asleep yet
    check("one runs the shell's loop", len(
        [w for _, w in lines if re.search(r": sh, process \d+, in ", w)]), 1,
          at_least)
    check("one at least is idle", len(
        [w for _, w in lines if re.search(r": idle, in \w+$", w)]), 1,
          at_least)


def test_nmi_storm():
    """While one CPU waits for the other's shoot-down, each gets NMIs."""
    with tempfile.TemporaryDirectory(prefix="colonel-") as folder:
        place = f"{folder}/qmp"
        with subprocess.Popen(
                ["tools/run", "-build", BUILD, "-timeout", str(LIMIT), "-smp",
                 "2", "-add", f"{BUILD}/tests/guest/races", "-qemu",
                 f"-qmp unix:{place},server=on,wait=off", "--", "sh", "-c",
                 "echo go; races; echo status $?; grep NMI /proc/interrupts"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            send_nmis(process, place)
            said = process.communicate()[0].decode()
    check("races under NMIs", said, "status 0\n", contains)
    taken = re.search(r"NMI: +(\d+) +(\d+)", said)
    # how many depends on how fast this host is: the program ends by itself
    check("both CPUs took them", min(map(int, taken.groups())), 3, at_least)


def send_nmis(process, place):
    """One to each CPU fifty times a second, until the machine has ended."""
    with socket.socket(socket.AF_UNIX) as monitor:
        while process.poll() is None and monitor.connect_ex(place):
            time.sleep(0.01)
        try:
            monitor.sendall(json.dumps({"execute": "qmp_capabilities"})
                            .encode())
            while process.poll() is None:
                monitor.sendall(json.dumps({"execute": "inject-nmi"}).encode())
                monitor.recv(65536)
                time.sleep(0.02)
        except OSError:
            return      # QEMU has closed its end


main(test_how_many, test_no_answer, test_counters_agree, test_counters_differ,
     test_gdb, test_nmi_storm)
