"""Colonel's own gdb commands; `help colonel` lists them.

Each reads the stopped machine through kernel.py. None writes anything.
"""

import os
import re
import sys

import gdb

sys.path.insert(0, os.path.join(os.getcwd(), "tools/gdb"))
import kernel

STATES = {"TASK_RUNNABLE": "ready", "TASK_INTERRUPTIBLE": "sleeps",
          "TASK_UNINTERRUPTIBLE": "sleeps", "TASK_STOPPED": "stopped",
          "TASK_NEW": "new", "TASK_DEAD": "dead"}
PAGE_FAULT = 14
VECTORS = {0: "divide error", 1: "debug exception", 2: "NMI", 3: "breakpoint",
           4: "overflow", 5: "bound", 6: "invalid opcode", 7: "no FPU",
           8: "double fault", 10: "invalid TSS", 11: "segment not present",
           12: "stack fault", 13: "general protection fault",
           PAGE_FAULT: "page fault", 16: "x87 exception",
           17: "alignment check", 18: "machine check", 19: "SIMD exception",
           0x80: "int 0x80", 0xf0: "the timer's interrupt",
           0xf1: "another CPU's call to reschedule",
           0xf2: "another CPU's call to forget translations",
           0x100: "a system call"}


def put(text=""):
    gdb.write(text + "\n")


class Command(gdb.Command):
    """A command whose help is its class's docstring."""

    name = None

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        self.run(*gdb.string_to_argv(argument))


class Cpus(Command):
    """cpus: what each CPU is running: its thread here, its task, and where."""

    name = "cpus"

    def run(self):
        selected = gdb.selected_thread()
        try:
            for thread in sorted(gdb.selected_inferior().threads(),
                                 key=lambda t: t.num):
                thread.switch()
                mark = "*" if thread == selected else " "
                put(f"{mark} thread {thread.num}  {self.what()}")
        finally:
            selected.switch()

    @staticmethod
    def what():
        try:
            cpu = kernel.selected_cpu()
        except gdb.GdbError:
            return "not started"
        place = f"in ring 3 at {kernel.value('$rip'):#x}" if kernel.ring() \
            else f"in {gdb.newest_frame().name() or kernel.value('$rip')}"
        return f"CPU {int(cpu['id'])}: " \
            f"{kernel.describe(kernel.task_of(cpu))}, {place}"


class Ps(Command):
    """ps: every thread with its process, its state, and where it sleeps."""

    name = "ps"

    def run(self):
        put("  PID PARENT THREAD STATE    NAME             WHERE")
        for process in kernel.processes():
            parent = process["parent"]
            parent = kernel.number_of(parent) if int(parent) else 0
            number = kernel.number_of(process)
            if bool(process["zombie"]):
                put(f"{number:5} {parent:6}      - ended    "
                    "its parent has not waited for it")
            for task in kernel.threads(process):
                state, where = self.state(task)
                put(f"{number:5} {parent:6} {int(task['id']):6} {state:8} "
                    f"{task['name'].string(errors='replace'):16} {where}")

    @staticmethod
    def state(task):
        for number in range(kernel.value("cpu_count")):
            cpu = gdb.parse_and_eval(f"cpus[{number}]")
            if int(cpu) and int(cpu["current"]) == int(task.address):
                return "runs", f"on CPU {number}"
        state = STATES.get(str(task["state"]), str(task["state"]))
        if state == "ready":
            return state, ""
        return state, f"in {kernel.sleeps_in(task)}"


class Maps(Command):
    """maps [PID]: the areas of a process's memory (the one that runs here)."""

    name = "maps"

    def run(self, pid=""):
        process = kernel.find_process(pid)
        for area in kernel.areas(kernel.space_of(process)):
            put(f"{int(area['start']):#014x}-{int(area['end']):#014x} "
                f"{kernel.protection(area)} {kernel.area_name(area)}")


class Walk(Command):
    """walk ADDRESS [PID]: the page-table entries on the way to an address.

The bits of each in words, the frame at the end, and who else maps it. Without
a PID the tables that this CPU uses now."""

    name = "walk"

    def run(self, address, pid=""):
        address = kernel.value(address)
        root = int(kernel.space_of(kernel.find_process(pid))["root"]) \
            if pid else kernel.value("$cr3")
        entries = list(kernel.walk(root, address))
        for entry in entries:
            put(f"{kernel.LEVELS[entry.level]}[{entry.index:3}] = "
                f"{entry.word:#018x}  {entry.words()}")
        last = entries[-1]
        if not last.present:
            put(f"{address:#x} is not mapped: an access is a page fault")
            return
        frame = last.frame & -last.size()
        put(f"{address:#x} is byte {address % last.size():#x} of the frame at "
            f"{frame:#x}")
        for process, where in kernel.users_of(frame):
            put(f"  mapped at {where:#x} in process "
                f"{kernel.number_of(process)}")


class What(Command):
    """what ADDRESS: what lies there: symbol, area, file, frame."""

    name = "what"

    def run(self, address):
        address = kernel.value(address)
        name = kernel.name_of(address)
        if not name.startswith("0x"):
            line = gdb.find_pc_line(address)
            put(f"{address:#x} is {name}" +
                (f", {line.symtab.filename}:{line.line}"
                 if line.symtab and line.line else ""))
        if address >= kernel.layout("USER_END"):
            self.kernel(address)
        else:
            self.user(address)
        physical = kernel.translate(kernel.value("$cr3"), address)
        put(f"in memory at {physical:#x}" if physical is not None
            else "not mapped now")

    @staticmethod
    def kernel(address):
        for name, start, end in (
                ("the map of all memory", "DIRECT_MAP", "VMAP_START"),
                ("kernel memory between guard pages", "VMAP_START",
                 "VMAP_END"),
                ("the table of frames", "FRAME_TABLE", "KERNEL_OFFSET")):
            if kernel.layout(start) <= address < kernel.layout(end):
                put(f"in {name}")
        if address >= kernel.layout("KERNEL_OFFSET"):
            put("in the kernel's image")

    @staticmethod
    def user(address):
        process = kernel.find_process("")
        area = kernel.find_area(kernel.space_of(process), address)
        if area is None:
            put(f"in no area of process {kernel.number_of(process)}")
            return
        put(f"in {int(area['start']):#x}-{int(area['end']):#x} "
            f"{kernel.protection(area)} {kernel.area_name(area)} of process "
            f"{kernel.number_of(process)}")


class Vvar(Command):
    """vvar: the data page, in seconds and names."""

    name = "vvar"
    CLOCKS = (("VVAR_BASIC", ("CLOCK_REALTIME", "CLOCK_MONOTONIC")),
              ("VVAR_BOOT_TAI", ("CLOCK_BOOTTIME", "CLOCK_TAI")),
              ("VVAR_RAW", ("CLOCK_MONOTONIC_RAW",)))

    def run(self):
        page = gdb.parse_and_eval("vvar_k")
        put(f"vnotb     {int(page['vnotb'])}")
        put(f"tick      every {int(page['tick_ns']) / 1e6:g} ms")
        put(f"features  {int(page['features']):#x}")
        for line, names in self.CLOCKS:
            clocks = page["clocks"][kernel.value(line)]
            begin, end = (int(clocks["seq"][f]) for f in ("begin", "end"))
            state = "at rest" if begin == end else "being written"
            rate = int(clocks["mult"]) / 2 ** 32
            put(f"{line}: written {begin} times, {state}; "
                f"{1000 / rate:.3f} MHz" if rate else f"{line}: not used")
            for slot, name in enumerate(names):
                seconds = int(clocks["sec"][slot])
                part = int(clocks["nsec"][slot]) >> 32
                put(f"  {name:20} {seconds}.{part:09} at the last update, "
                    f"when the counter showed {int(clocks['cycles'])}")


class Auxv(Command):
    """auxv [PID]: the auxiliary vector, as it lies on a program's stack."""

    name = "auxv"

    def run(self, pid=""):
        names = self.names()
        space = kernel.space_of(kernel.find_process(pid))
        root = int(space["root"])
        for address in range(int(space["auxv_start"]), int(space["auxv_end"]),
                             16):
            kind = kernel.user_word(root, address)
            number = kernel.user_word(root, address + 8)
            if not kind or number is None:
                break
            put(f"{names.get(kind, kind):20} {number:#x}")

    @staticmethod
    def names():
        with open("kernel/abi/auxv.h", encoding="utf-8") as file:
            return {int(number): name for name, number in re.findall(
                r"#define (AT_\w+)\s+(\d+)", file.read())}


class Dmesg(Command):
    """dmesg: what the kernel has said on its console."""

    name = "dmesg"

    def run(self):
        path = os.path.join(os.environ.get("COLONEL_BUILD", "build/debug"),
                            "console.log")
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                put(file.read().replace("\r", "").rstrip())
        except OSError as error:
            raise gdb.GdbError(f"{path}: {error.strerror}") from None


class Frames(Command):
    """frames [PID]: how many frames of memory each process maps."""

    name = "frames"

    def run(self, pid=""):
        chosen = [kernel.find_process(pid)] if pid else kernel.processes()
        put("  PID  FRAMES  SHARED")
        counts, rows = {}, []
        for process in kernel.processes():
            try:
                root = int(kernel.space_of(process)["root"])
            except gdb.GdbError:
                continue
            frames = [entry.frame for _, entry in kernel.mappings(root)]
            rows.append((kernel.number_of(process), frames))
            for frame in set(frames):
                counts[frame] = counts.get(frame, 0) + 1
        wanted = {kernel.number_of(process) for process in chosen}
        for number, frames in rows:
            if number in wanted:
                shared = sum(counts[frame] > 1 for frame in frames)
                put(f"{number:5} {len(frames):7} {shared:7}")


class Trap(Command):
    """trap: the registers of the program that runs here, as the kernel saved
them at its last entry, and why it entered."""

    name = "trap"

    def run(self):
        task = kernel.current()
        if not int(task["process"]):
            raise gdb.GdbError("a task of the kernel's runs here: it came "
                               "from no program")
        kind = gdb.lookup_type("struct trapframe")
        frame = gdb.Value(int(task["context"]["stack_top"]) - kind.sizeof) \
            .cast(kind.pointer()).dereference()
        vector, code = int(frame["vector"]), int(frame["code"])
        put(self.reason(vector, code))
        names = [f.name for f in kind.fields()]
        for i in range(0, len(names), 4):
            put("  ".join(f"{n:6} {int(frame[n]) & (1 << 64) - 1:016x}"
                          for n in names[i:i + 4]))
        put(f"rip is {kernel.name_of(int(frame['rip']))}, "
            f"ring {int(frame['cs']) & 3}")

    @staticmethod
    def reason(vector, code):
        text = f"entered by {VECTORS.get(vector, 'an interrupt')}, " \
            f"vector {vector:#x}"
        if vector in (0x80, 0x100):
            return f"{text}: number {code & 0xffffffff}"
        if vector == PAGE_FAULT:
            return f"{text}: " + " ".join((
                "fetch" if code & 16 else "write" if code & 2 else "read",
                "of a page that is mapped" if code & 1 else
                "where nothing is mapped"))
        return text


class Program(Command):
    """program NAME: stop at the main() of a program when it is next started,
with its symbols and the vDSO's loaded."""

    name = "program"
    wanted = None

    def run(self, name):
        Program.wanted = name
        put(f"stops at main() of {name} when it is started: continue")


class Result(gdb.FinishBreakpoint):
    """A system call returns: its result in words."""

    def __init__(self, frame, name):
        super().__init__(frame, internal=True)
        self.silent, self.call = True, name

    def stop(self):
        result = int(gdb.parse_and_eval("(long)$rax"))
        put(f"[{self.call} returns {errno_name(result)}]")
        return False


def errno_name(result):
    if not -4095 <= result < 0:
        return str(result)
    with open("kernel/abi/errno.h", encoding="utf-8") as file:
        found = re.search(rf"#define (E\w+)\s+{-result}\b", file.read())
    return f"-{found[1]}" if found else str(result)


class SyscallBreakpoint(gdb.Breakpoint):
    """Stops in the handler of a system call and says who called it."""

    def __init__(self, name):
        super().__init__(f"sys_{name}")
        self.call = name

    def stop(self):
        task = kernel.current()
        frame = gdb.newest_frame()
        arguments = ", ".join(
            f"{symbol.name}={frame.read_var(symbol)}"
            for symbol in frame.block() if symbol.is_argument)
        put(f"[{kernel.describe(task)}: {self.call}({arguments})]")
        try:
            Result(frame, self.call)
        except (ValueError, RuntimeError):
            pass                # a call that does not return
        return True


class Syscall(Command):
    """syscall NAME|NUMBER: stop when a program makes this system call.

The arguments are shown, and the result when the call returns."""

    name = "syscall"

    def run(self, word):
        with open("kernel/abi/syscall.h", encoding="utf-8") as file:
            numbers = dict(re.findall(r"#define SYS_(\w+) (\d+)", file.read()))
        names = {number: name for name, number in numbers.items()}
        name = names.get(word, word)
        if name not in numbers:
            raise gdb.GdbError(f"there is no system call {word}")
        if not gdb.lookup_static_symbol(f"sys_{name}"):
            raise gdb.GdbError(f"this kernel has no handler of {name}")
        SyscallBreakpoint(name)


class Colonel(gdb.Command):
    """Colonel's own commands, each with `help NAME`:

cpus      what each CPU runs             ps        every thread
maps      a process's areas              walk      page tables, in words
what      what lies at an address        vvar      the data page
auxv      the auxiliary vector           dmesg     the kernel's messages
frames    memory of each process         trap      registers at the last entry
program   stop at a program's main()     syscall   stop at a system call
$current(), $cpu()   struct task and struct cpu of the selected CPU"""

    def __init__(self):
        super().__init__("colonel", gdb.COMMAND_USER, prefix=True)


class Current(gdb.Function):
    """$current(): the struct task that the selected CPU runs."""

    def __init__(self):
        super().__init__("current")

    def invoke(self):
        return kernel.current()


class Cpu(gdb.Function):
    """$cpu(): struct cpu of the selected CPU."""

    def __init__(self):
        super().__init__("cpu")

    def invoke(self):
        return kernel.selected_cpu()


def on_stop(event):
    """One line at each stop: who is running, in which ring."""
    try:
        put(f"[{kernel.describe(kernel.current())}, "
            f"in ring {kernel.ring()}]")
    except (gdb.error, gdb.GdbError):
        pass                    # before the kernel has set itself up


for command in (Colonel, Cpus, Ps, Maps, Walk, What, Vvar, Auxv, Dmesg, Frames,
                Trap, Program, Syscall, Current, Cpu):
    command()
gdb.events.stop.connect(on_stop)
