"""gdb knows the kernel from the start, and each program as it is executed.

Loads the kernel's symbols, connects, stops at its first instruction, and from
then on adds the symbols of the vDSO and of the program at each execve, where
the kernel calls exec_hook(path, entry_bias, vdso_base). The symbols are those
of the program that was executed last.
"""

import os
import struct
import sys
import time

import gdb

sys.path.insert(0, os.path.join(os.getcwd(), "tools/gdb"))
import commands

BUILD = os.path.realpath(os.environ.get("COLONEL_BUILD", "build/debug"))
PORT = os.environ.get("COLONEL_PORT", str(25000 + os.getuid() % 5000))
# Folders of BUILD; tools/lab names one more.
PROGRAMS = ("user/bin", "tests/guest",
            *os.environ.get("COLONEL_PROGRAMS", "").split())
CONNECT_TIME = 10       # seconds that the machine is given
RESET = 0xfff0          # where a machine begins that has not run yet
PT_LOAD, PT_NOTE, PVH_ENTRY = 1, 4, 18


def boot_facts(path):
    """Where `qemu -kernel` enters the kernel, which its PVH note says, and how
    far above its place in memory the kernel is linked."""
    with open(path, "rb") as file:
        image = file.read()
    entry = above = None
    offset, = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    for header in range(offset, offset + size * count, size):
        kind, _, start, virtual, physical, length = struct.unpack_from(
            "<IIQQQQ", image, header)
        if kind == PT_LOAD and above is None:
            above = virtual - physical
        elif kind == PT_NOTE:
            for name, note, data in notes(image[start:start + length]):
                if name == b"Xen\0" and note == PVH_ENTRY:
                    entry = int.from_bytes(data, "little")
    if entry is None:
        raise gdb.GdbError(f"{path} has no PVH entry")
    return entry, above


def notes(data):
    while len(data) >= 12:
        name_size, size, kind = struct.unpack_from("<III", data)
        start = 12 + (name_size + 3 & ~3)
        yield data[12:12 + name_size], kind, data[start:start + size]
        data = data[start + (size + 3 & ~3):]


class Symbols:
    """What has been added for the running program, to be taken away again."""

    def __init__(self):
        self.files = []

    def add(self, path, bias):
        if os.path.exists(path):
            gdb.execute(f"add-symbol-file {path} -o {bias:#x}",
                        to_string=True)
            self.files.append(path)

    def clear(self):
        for path in self.files:
            for objfile in gdb.objfiles():
                if objfile.filename == os.path.realpath(path):
                    gdb.execute(f"remove-symbol-file {path}", to_string=True)
        self.files = []


class ExecHook(gdb.Breakpoint):
    """The kernel has mapped a new program and is about to enter it."""

    def __init__(self):
        super().__init__("*exec_hook", internal=True)
        self.silent = True
        self.symbols = Symbols()

    def stop(self):
        path, bias, vdso = (gdb.parse_and_eval(register) for register in
                            ("(char *)$rdi", "(unsigned long)$rsi",
                             "(unsigned long)$rdx"))
        name = os.path.basename(path.string(errors="replace"))
        self.symbols.clear()
        if int(vdso):
            self.symbols.add(f"{BUILD}/vdso.so.dbg", int(vdso))
        for folder in PROGRAMS:
            self.symbols.add(f"{BUILD}/{folder}/{name}", int(bias))
        gdb.write(f"[execve {path.string(errors='replace')}: "
                  f"vDSO at {int(vdso):#x}]\n")
        if name == commands.Program.wanted:
            commands.Program.wanted = None
            gdb.Breakpoint(f"-source {name}.c -function main", internal=True,
                           temporary=True)
        return False


class HighHalf(gdb.Breakpoint):
    """The kernel runs where it is linked: its low symbols have served."""

    def __init__(self, kernel, above):
        super().__init__("*kernel_main", internal=True, temporary=True)
        self.silent = True
        self.kernel = kernel
        gdb.execute(f"add-symbol-file {kernel} -o {-above}", to_string=True)

    def stop(self):
        gdb.execute(f"remove-symbol-file {self.kernel}", to_string=True)
        return False


def connect():
    """To a machine that may just be starting."""
    until = time.monotonic() + CONNECT_TIME
    while True:
        try:
            gdb.execute(f"target remote 127.0.0.1:{PORT}", to_string=True)
            return
        except gdb.error:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def start():
    kernel = f"{BUILD}/colonel.elf"
    if not os.path.exists(kernel):
        raise gdb.GdbError(f"there is no {kernel}: run make gdb")
    gdb.execute(f"file {kernel}")
    connect()
    if gdb.lookup_global_symbol("exec_hook"):
        ExecHook()
    if int(gdb.parse_and_eval("$pc")) == RESET:
        entry, above = boot_facts(kernel)
        gdb.execute(f"thbreak *{entry:#x}", to_string=True)
        gdb.execute("continue")
        HighHalf(kernel, above)
    gdb.execute("source tools/gdb/unwind.py")
    gdb.execute("frame")


start()
