"""Every register that a program starts with, read from outside at the first
instruction of one that another program has started. The tables below are the
whole: a register or bit that is in none of them does nothing in ring 3."""

import re
import struct
import subprocess

from machine import BUILD, check, free_port, gdb, main

LIMIT = 240     # seconds

# Named as QEMU's monitor prints them.
REGISTERS = {
    **dict.fromkeys("RAX RBX RCX RDX RSI RDI RBP R8 R9 R10 R11 R12 R13 R14 R15"
                    .split(), 0),
    "RFL": 0x202,       # IF, and bit 1, which is always set
    "CR0": 0x80050033,  # PG AM WP NE ET MP PE, as Linux
    # SMAP SMEP OSXSAVE UMIP OSXMMEXCPT OSFXSR PGE PAE. Not TSD (RDTSC is for
    # programs), PCE (RDPMC is not), FSGSBASE, PKE.
    "CR4": 0x340ea0,
    "EFER": 0xd01,      # NXE LMA LME SCE
    "DR0": 0, "DR1": 0, "DR2": 0, "DR3": 0,
    "DR7": 0x400,       # no breakpoint; bit 10 is always set
    "FCW": 0x37f, "FSW": 0, "MXCSR": 0x1f80,
}
SELECTORS = {
    "CS": 0x33, "SS": 0x2b, "DS": 0, "ES": 0, "FS": 0, "GS": 0,
    "LDT": 0,           # and its limit is 0
    "TR": 0x40,
}
BASES = {"CS": 0, "SS": 0, "DS": 0, "ES": 0, "FS": 0, "GS": 0, "LDT": 0}
LIMITS = {
    "LDT": 0,
    "TR": 0x67,         # no map of ports, so no port for ring 3
    "GDT": 0x7f, "IDT": 0xfff,
}


def entry(path):
    with open(path, "rb") as file:
        return struct.unpack_from("<Q", file.read(32), 24)[0]


def registers():
    """What the monitor says when notb starts: argc is 1, argv[1] NULL."""
    port = free_port()
    started = "*(long *)$rsp == 1 && *(long *)($rsp + 16) == 0"
    machine = subprocess.Popen(
        ["tools/run", "-build", BUILD, "-timeout", str(LIMIT),
         "-qemu", f"-S -gdb tcp:127.0.0.1:{port}", "--",
         "sh", "-c", "ls -l / > /tmp/list; notb"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        return gdb(f"{BUILD}/colonel.elf",
                   "-ex", f"target remote 127.0.0.1:{port}",
                   "-ex", f"hbreak *{entry(f'{BUILD}/user/bin/notb')} "
                          f"if {started}",
                   "-ex", "continue", "-ex", "monitor info registers")
    finally:
        machine.terminate()
        machine.wait()


def test_ring3_state():
    said = registers()
    found = {name: int(value, 16) for name, value in
             re.findall(r"\b([A-Z][A-Z0-9]+) *= *([0-9a-f]{3,16})\b", said)}
    for name, value in REGISTERS.items():
        check(f"{name} is {value:#x}", found.get(name), value)
    segment = {name: words.split() for name, words in
               re.findall(r"^([A-Z]{2,3}) *=((?: +[0-9a-f]+| *[0-9a-f]+)+)",
                          said, re.M)}
    tables = {name: [None, *segment.get(name, [])] for name in ("GDT", "IDT")}
    segment.update(tables)
    for column, (what, table) in enumerate(
            (("selector", SELECTORS), ("base", BASES), ("limit", LIMITS))):
        for name, value in table.items():
            check(f"the {what} of {name} is {value:#x}",
                  int(segment[name][column], 16), value)
    for name in ("FPR", "[XY]MM"):
        values = re.findall(rf"\b{name}\d+=((?:[0-9a-f]+ ?)+)", said)
        check(f"every {name} is 0", set("".join(values)), {"0", " "})


main(test_ring3_state)
