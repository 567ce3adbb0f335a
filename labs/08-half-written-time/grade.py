"""The points of lab 8: readers and the writer of the data page stopped between
any two of their instructions, from outside."""

import re
import struct
import subprocess
import tempfile

from lab_lib import guest

NATIVE = "programs/native/halves.c"
LINE = 64               # bytes of a line of the page (vdso/vvar.h)
LINES = 3
PAGE_READ = LINE * (1 + LINES)
MOST_STEPS = 400        # instructions of a call, or of the writer
RIP, FLAGS = 16, 17     # gdb's numbers of registers
NEAR = 100000           # nanoseconds: from the reader going on to its end
INTERRUPTS = 1 << 9     # the flag: the CPU takes interrupts
PATIENCE = 5           # seconds that a reader may wait, with no tick to come
SYS_CLOCK_GETTIME = 228
FENCES = (b"\x0f\xae\xf0", b"\xf0", b"\x87", b"\x48\x87")
COUNTER = (b"\x0f\x31", b"\x0f\x01\xf9")        # rdtsc, rdtscp


def look(t):
    return t.program_symbols("torn")["grader_looks"]


def torn(t, *words):
    return t.machine(*t.add("torn"), "torn", *words)


def single_registers(machine):
    """QEMU takes single registers from one who has asked what they are."""
    machine.stub.ask("qXfer:features:read:target.xml:0,ffb")


def register(machine, number):
    """One register; machine.register() asks for all of them."""
    return int.from_bytes(bytes.fromhex(machine.stub.ask(f"p{number:x}")),
                          "little")


def jump(machine, address):
    """The next instruction is the one there; no stop is set any more."""
    for place in machine.points:
        machine.stub.ask(f"z1,{place:x},1")
    data = struct.pack("<Q", address).hex()
    machine.stub.ask(f"P{RIP:x}={data}")
    machine.points = set()


def step(machine):
    machine.leave_place()
    machine.stub.ask("s")
    return register(machine, RIP)


def page_time(machine):
    """CLOCK_MONOTONIC at the last update, as the page has it."""
    words = struct.unpack("<8Q", machine.read(
        machine.kernel["vvar_k"] + LINE, LINE))
    return 1000000000 * words[5] + (words[7] >> 32)


def nanoseconds(machine, address):
    seconds, rest = struct.unpack("<qq", machine.read(address, 16))
    return 1000000000 * seconds + rest


def point_tick_between(t):
    """A reader is stopped before each instruction of its call while a tick
    passes, and tells the time before the tick or when it goes on."""
    names = t.program_symbols("torn")
    with torn(t, "between") as machine:
        single_registers(machine)
        machine.run_to(names["grader_looks"])
        reader = machine.word(names["reader"])
        wrong, at = [], 0
        while at < MOST_STEPS:
            machine.run_to(reader)
            back = machine.word(machine.register("RSP"))
            here = reader
            for _ in range(at):
                here = step(machine)
                if here == back:
                    break
            if here == back:
                break
            jump(machine, names["spin"])
            machine.run_to(machine.kernel["update_vsyscall"])
            machine.run_to(names["spin"])
            tick = page_time(machine)
            jump(machine, here)
            machine.run_to(names["grader_looks"])
            before, now, after = (nanoseconds(machine, names[name])
                                  for name in ("before", "now", "after"))
            # The counter was read before the tick, or since the reader goes
            # on; in between the emulator's time may leap.
            if not (before <= now <= tick or after - NEAR <= now <= after):
                wrong.append(f"a tick before instruction {at} of the call, at "
                             f"{here - reader:+#x}: the tick came at {tick} "
                             f"ns, the reader went on at {after}, and says "
                             f"{now}")
            at += 1
        t.require(at > 5, "the call has instructions", f"{at}")
        t.require(not wrong, "the time before the tick, or the time when the "
                  "reader goes on, wherever the tick comes",
                  "\n".join(wrong[:6]))


def point_halves(t):
    """Reader and writer stopped anywhere: the old time or the new one."""
    number = t.draw("number", 1000, 1000000)
    with tempfile.TemporaryDirectory() as folder:
        reader = f"{folder}/reader.o"
        subprocess.run(
            ["objcopy", "--rename-section", ".text=vdso_text",
             "--rename-section", ".text.unlikely=vdso_text",
             f"{t.build}/vdso/vclock_gettime.o", reader], check=True)
        done = subprocess.run(
            ["gcc", "-std=gnu11", "-O1", "-I.", f"-I{t.build}/include",
             "-no-pie", "-Wl,--defsym,vvar_u=vvar_k",
             f"labs/{t.lab.name}/{NATIVE}", reader,
             f"{t.build}/kernel/time/vvar.o", "-o", f"{folder}/halves"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        t.require(done.returncode == 0, "your reader and your writer can be "
                  "linked into a program of this machine", done.stdout)
        try:
            said = subprocess.run(
                [f"{folder}/halves", str(number)], stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=60, text=True,
                errors="replace", check=False).stdout
        except subprocess.TimeoutExpired:
            said = "a reader did not come back in 60 s"
    found = re.search(rf"^{number}: (\d+) of (\d+) readings wrong, (\d+) of",
                      said, re.M)
    t.require(found and int(found[2]) > 1000 and found[1] == found[3] == "0",
              "each reading is the old time or the new one, or asks the "
              "kernel, but not where no update is under way", said)


def point_order(t):
    """The lines are marked and all CPUs can see it before the counter is
    read."""
    with torn(t, "count", "10") as machine:
        single_registers(machine)
        machine.run_to(machine.kernel["vvar_open"])
        fence, marked = False, set()
        before = marks(machine)
        for _ in range(MOST_STEPS):
            here = register(machine, RIP)
            code = machine.read(here, 4)
            if code.startswith(COUNTER):
                break
            fenced = code.startswith(FENCES)
            step(machine)
            now = marks(machine)
            if now != before:
                marked |= {i for i in range(LINES) if now[i] != before[i]}
                before, fence = now, False
            fence = fence or fenced
    t.require(len(marked) == LINES, f"all {LINES} lines of the page are marked "
              "before the counter is read", f"{len(marked)} are")
    t.require(fence, "a full fence behind the last mark and before the counter "
              "is read", "no full fence: after the counter was read another "
              "CPU may still not see the mark")


def marks(machine):
    page = machine.read(machine.kernel["vvar_k"], PAGE_READ)
    return [page[LINE * (1 + i):LINE * (1 + i) + 8] for i in range(LINES)]


def point_asks_kernel(t):
    """A writer that was stopped for good makes a reader ask the kernel."""
    with torn(t, "open") as machine:
        single_registers(machine)
        machine.run_to(look(t))
        machine.run_to(machine.kernel["update_vsyscall"])
        page = machine.read(machine.kernel["vvar_k"], PAGE_READ)
        machine.run_to(look(t))
        machine.write(machine.kernel["vvar_k"], page)
        flags = register(machine, FLAGS) & ~INTERRUPTS
        machine.stub.ask(f"P{FLAGS:x}={struct.pack('<I', flags).hex()}")
        entry = machine.kernel["syscall_entry"]
        where = run_for(machine, PATIENCE, entry, look(t))
        number = machine.register("RAX")
    t.require(where == entry and number == SYS_CLOCK_GETTIME,
              f"system call {SYS_CLOCK_GETTIME}, clock_gettime",
              f"system call {number}" if where == entry else
              "an answer out of a page that is being written"
              if where == look(t) else
              f"a reader that was still waiting after {PATIENCE} s")


def run_for(machine, seconds, *places):
    """As Machine.run_to(), but stops the machine after that time."""
    stub = machine.stub
    machine.leave_place()
    for place in places:
        stub.ask(f"Z1,{place:x},1")
    machine.points = set(places)
    stub.send("c")
    stub.line.settimeout(seconds)
    try:
        stub.receive()
    except guest.Broken:
        stub.line.settimeout(guest.WALL_LIMIT)
        stub.write(b"\x03")
        stub.receive()
    return register(machine, RIP)
