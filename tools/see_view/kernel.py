"""What a running machine's memory says, by the names of the kernel.

Memory is physical memory, read live from the file that QEMU shares, or from a
recording. Kernel is one look at it: pages that were read once stay the same for
that look. Everything that is known here of the kernel's structures is in this
file: when a structure or member is renamed, this is the place to follow, and
until then a Missing says which.
"""

import collections
import io
import mmap
import os
import re
import struct

from .dwarf import Missing, Record, Symbols

PAGE = 4096
LOW_MEMORY, GAP_END = 0xc0000000, 1 << 32   # q35 and pc: 3 GiB, then from 4 on
LOOP = 100000           # no list of the kernel's is longer

PRESENT, WRITE, USER, LARGE, HELD = 1, 2, 4, 1 << 7, 1 << 9
NX = 1 << 63
ADDRESS = 0x000ffffffffff000
# Bits of an entry, with their words for set and not set.
BITS = ((0, "present", "not present"), (1, "writable", "read-only"),
        (2, "user", "kernel only"), (3, "write-through", ""),
        (4, "not cached", ""), (5, "accessed", ""), (6, "dirty", ""),
        (7, "large page", ""), (8, "global", ""),
        (9, "held: has a frame, but PROT_NONE", ""),
        (63, "no execute", "executable"))
LEVELS = ("PML4", "PDPT", "page directory", "page table")

# area->ops, and the name of such an area.
AREA_NAMES = {"vvar_ops": "[vvar]", "image_ops": "[vdso]",
              "stack_ops": "[stack]", "heap_ops": "[heap]",
              "anonymous_ops": ""}
STATES = {"TASK_RUNNABLE": "R", "TASK_INTERRUPTIBLE": "S",
          "TASK_UNINTERRUPTIBLE": "D", "TASK_STOPPED": "T", "TASK_NEW": "N",
          "TASK_DEAD": "Z"}
STATE_WORDS = {"R": "runnable", "S": "sleeps", "D": "sleeps, deaf to signals",
               "T": "stopped", "N": "new", "Z": "zombie"}
AREA_SHARED = 1


EVENT_MEMBERS = [("time", 0), ("task", 8), ("kind", 12), ("code", 14),
                 ("values", 16)]
Event = collections.namedtuple("Event", "time cpu task kind code values")


class Unreadable(Exception):
    """An address that has no memory behind it, at this moment."""


# ---- Physical memory ---------------------------------------------------------

class LiveMemory:
    """The file behind a running machine's RAM."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self.file).st_size
        self.map = mmap.mmap(self.file, self.size, prot=mmap.PROT_READ)
        # QEMU's pc puts RAM above 4 GiB only if it has 3.5 GiB or more.
        self.low = LOW_MEMORY if self.size >= 0xe0000000 else self.size

    def offset(self, physical):
        at = physical if physical < self.low else \
            physical - GAP_END + self.low if physical >= GAP_END else -1
        if not 0 <= at < self.size:
            raise Unreadable(f"there is no memory at {physical:#x}")
        return at

    def page(self, frame):
        at = self.offset(frame)
        return self.map[at:at + PAGE]

    def frame_limit(self):
        """One more than the highest frame's number."""
        top = self.size if self.low == self.size else \
            GAP_END + self.size - self.low
        return top // PAGE


class CopiedMemory:
    """Pages of a recording, {frame address: bytes}."""

    def __init__(self, pages, limit):
        self.pages, self.limit = pages, limit

    def page(self, frame):
        if frame not in self.pages:
            raise Unreadable(f"frame {frame:#x} was not recorded")
        return self.pages[frame]

    def frame_limit(self):
        return self.limit


def layout_constants(root):
    """#define NAME 0x... of kernel/mm/layout.h."""
    path = os.path.join(root, "kernel/mm/layout.h")
    with open(path, encoding="utf-8") as file:
        found = re.findall(r"^#define (\w+)\s+(0x[0-9a-fA-F]+)", file.read(),
                           re.MULTILINE)
    return {name: int(value, 16) for name, value in found}


def numbers(root, header, prefix):
    """{number: name} of a list of #defines of kernel/abi/."""
    path = os.path.join(root, "kernel/abi", header)
    with open(path, encoding="utf-8") as file:
        found = re.findall(rf"^#define {prefix}(\w+)\s+(\d+)\b", file.read(),
                           re.MULTILINE)
    return {int(number): name for name, number in reversed(found)}


def facts(root):
    """What the tree of the kernel says in numbers; a recording keeps it."""
    return {"constants": layout_constants(root),
            "calls": numbers(root, "syscall.h", "SYS_"),
            "errors": numbers(root, "errno.h", "(?=E)"),
            "signals": numbers(root, "signal.h", "(?=SIG[A-Z])")}


class Knowledge:
    """What does not change while a kernel runs: names and constants."""

    def __init__(self, elf, known):
        self.elf, self.facts = elf, known
        self.symbols = Symbols(io.BytesIO(elf))
        self.constants = known["constants"]
        # JSON makes strings of their keys
        self.calls, self.errors, self.signals = (
            {int(number): name for number, name in known[kind].items()}
            for kind in ("calls", "errors", "signals"))

    def constant(self, name):
        if name not in self.constants:
            raise Missing(f"kernel/mm/layout.h has no {name}")
        return self.constants[name]


# ---- One look ----------------------------------------------------------------

class Kernel:
    """One look at a machine's memory."""

    def __init__(self, knowledge, memory):
        self.known, self.memory = knowledge, memory
        self.symbols = knowledge.symbols
        self.pages = {}
        self.direct = knowledge.constant("DIRECT_MAP")
        self.image = knowledge.constant("KERNEL_OFFSET")
        self._mapped = {}

    # -- Reading

    def page(self, frame):
        if frame not in self.pages:
            self.pages[frame] = self.memory.page(frame)
        return self.pages[frame]

    def physical(self, address):
        """Where a kernel's address lies."""
        if address >= self.image:
            return address - self.image
        if self.direct <= address < self.direct + (1 << 46):
            return address - self.direct
        entry = self.walk(self.kernel_root(), address)[-1]
        if not entry.present:
            raise Unreadable(f"nothing is mapped at {address:#x}")
        return entry.target + address % entry.size

    def read(self, address, size):
        pieces = []
        while size > 0:
            physical = self.physical(address)
            start = physical % PAGE
            piece = self.page(physical - start)[start:start + size]
            pieces.append(piece)
            address += len(piece)
            size -= len(piece)
        return b"".join(pieces)

    def value(self, address, kind):
        """The value of a type (dwarf.py) at an address."""
        if kind[0] == "struct":
            return Record(self, kind[1], address)
        if kind[0] == "pointer":
            pointer = self.word(address)
            if kind[1][0] == "struct":
                return Record(self, kind[1][1], pointer) if pointer else None
            return pointer
        if kind[0] == "array":
            if kind[1][0] == "char":
                text = self.read(address, kind[2])
                return text.split(b"\0")[0].decode(errors="replace")
            size = self.symbols.size(kind[1])
            return [self.value(address + i * size, kind[1])
                    for i in range(kind[2])]
        size = 1 if kind[0] == "char" else kind[1]
        return int.from_bytes(self.read(address, size), "little",
                              signed=kind[0] == "int" and kind[2])

    def word(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]

    def text(self, address, longest=256):
        """A string ended by NUL."""
        found = bytearray()
        while len(found) < longest:
            piece = self.read(address + len(found), 16)
            found += piece.split(b"\0")[0]
            if b"\0" in piece:
                break
        return found.decode(errors="replace")

    def variable(self, name):
        return self.value(*self.symbols.variable(name))

    def each(self, head, structure, member):
        """The elements of a list (kernel/lib/list.h) by their node's name."""
        offset = self.symbols.layout(structure)[1]
        if member not in offset:
            raise Missing(f"struct {structure} has no member {member}")
        offset = offset[member][0]
        at = self.word(head)
        for _ in range(LOOP):
            if at == head:
                return
            yield Record(self, structure, at - offset)
            at = self.word(at)
        raise Unreadable("a list does not end")

    # -- Page tables

    def kernel_root(self):
        return self.variable("kernel_root")

    def walk(self, root, address):
        """The entries from the top to the page, until one is not present."""
        entries, table = [], root
        for level in range(4):
            shift = 39 - 9 * level
            index = address >> shift & 511
            bits = struct.unpack_from("<Q", self.page(table), index * 8)[0]
            entry = Entry(level, table, index, bits)
            entries.append(entry)
            if not entry.present or entry.is_page:
                break
            table = entry.target
        return entries

    def mappings(self, root, half=0):
        """(address, entry) of each page of a half: 0 the program's, 1 the
        kernel's; and the list of tables, which is filled on the way."""
        key = root, half
        if key not in self._mapped:
            pages, tables = [], [root]
            self.descend(root, 0, 0, half, pages, tables)
            self._mapped[key] = pages, tables
        return self._mapped[key]

    def descend(self, table, level, base, half, pages, tables):
        shift = 39 - 9 * level
        words = memoryview(self.page(table)).cast("Q")
        span = range(256 * half, 256 * half + 256) if level == 0 else \
            range(512)
        for index in span:
            bits = words[index]
            if not bits:
                continue
            address = base + (index << shift)
            if half and level == 0:
                address |= 0xffff << 48
            entry = Entry(level, table, index, bits)
            if level == 3 or entry.is_page:
                pages.append((address, entry))
            elif entry.present:
                tables.append(entry.target)
                self.descend(entry.target, level + 1, address, half, pages,
                             tables)

    # -- Processes, threads, CPUs

    def ready(self):
        """Is there a process yet?"""
        return self.symbols.has("init_process") and \
            self.variable("init_process") is not None

    def panicked(self):
        return bool(self.variable("panicking"))

    def processes(self):
        """All of them, parents first."""
        found, waiting = [], [self.variable("init_process")]
        while waiting:
            record = waiting.pop(0)
            if record is None or len(found) > LOOP:
                continue
            found.append(Process(self, record))
            waiting += self.each(record.at("children"), "process", "sibling")
        return sorted(found, key=lambda p: p.number)

    def process(self, number):
        for process in self.processes():
            if process.number == number:
                return process
        return None

    def cpus(self):
        """One Cpu for each that has started."""
        return [Cpu(self, record) for record in self.variable("cpus")
                if record is not None]

    # -- The data page and the image

    def vvar(self):
        return self.variable("vvar_k")

    def vvar_frame(self):
        return self.physical(self.symbols.address("vvar_k"))

    def image_frames(self):
        """The frames of the vDSO's image."""
        start, end = (self.physical(self.symbols.address(name) - adjust)
                      for name, adjust in (("vdso_image_start", 0),
                                           ("vdso_image_end", 1)))
        return list(range(start // PAGE * PAGE, end + 1, PAGE))

    # -- The rings of kernel/optional/trace

    def events(self, window):
        """[Event] of each CPU, oldest first, from its last `window` ns and one
        before; None: there is no ring, or trace= did not ask for it."""
        if not self.symbols.has("trace_rings"):
            return None
        rings = [r for r in self.variable("trace_rings") if r is not None]
        if not rings:
            return None
        kinds = {value: name[6:].lower() for value, name in
                 self.symbols.enum("trace_kind").items()}
        scale = self.variable("trace_ns")
        return [self.ring(cpu, ring, kinds, scale, window)
                for cpu, ring in enumerate(rings)]

    def ring(self, cpu, ring, kinds, scale, window):
        size, members = self.symbols.layout("trace_event")
        if [(m, members[m][0]) for m in members] != EVENT_MEMBERS:
            raise Missing("struct trace_event is no longer as it was")
        count = ring.count
        total = (self.symbols.layout("trace_ring")[0] -
                 (ring.at("events") - ring._address)) // size
        found, page, start = [], None, ring.at("events")
        for number in range(count - 1, max(count - total, 0) - 1, -1):
            place = start + number % total * size
            if page != place // PAGE:           # an event lies in one page
                page = place // PAGE
                words = self.read(page * PAGE, PAGE)
            time, task, kind, code, a, b = struct.unpack_from(
                "<QiHHQQ", words, place % PAGE)
            time = time * scale >> 32
            found.append(Event(time, cpu, task, kinds.get(kind, "none"), code,
                               (a, b)))
            if time < found[0].time - window:
                break
        return found[::-1]

    # -- Frames

    def file_pages(self):
        """(root, height) of the tree of pages of each file in /, without what
        is mounted there and what has no name any more."""
        regular = self.symbols.address("ramfs_file_ops")
        waiting = [self.variable("root_dentry")]
        for _ in range(LOOP):
            if not waiting:
                return
            dentry = waiting.pop()
            waiting += self.each(dentry.at("children"), "dentry", "sibling")
            inode = dentry.inode
            ops = inode.file_ops if inode else None
            if ops is None or ops._address != regular:
                continue
            pages = Record(self, "ramfs_inode", inode._address).pages
            if pages.root:
                yield pages.root, pages.height

    def refs(self):
        """The number of users of each frame, by frame number."""
        size, members = self.symbols.layout("frame")
        if "refs" not in members:
            raise Missing("struct frame has no member refs")
        offset, kind = members["refs"]
        width = self.symbols.size(kind)
        base, limit = self.known.constant("FRAME_TABLE"), \
            self.memory.frame_limit()
        counts = []
        for start in range(0, limit * size, PAGE):
            try:
                page = self.read(base + start, PAGE)
            except Unreadable:
                counts += [0] * (PAGE // size)
                continue
            if not any(page):
                counts += [0] * (PAGE // size)
            else:
                words = memoryview(page).cast({4: "I", 2: "H", 8: "Q"}[width])
                counts += words[offset // width::size // width].tolist()
        return counts[:limit]


class Entry:
    """An entry of a page table."""

    def __init__(self, level, table, index, bits):
        self.level, self.table, self.index, self.bits = \
            level, table, index, bits
        self.present = bool(bits & PRESENT)
        self.is_page = level == 3 or (level in (1, 2) and bool(bits & LARGE))
        self.size = 1 << (39 - 9 * level)
        self.target = bits & ADDRESS & ~(self.size - 1) if self.is_page \
            else bits & ADDRESS

    def rights(self):
        """As in /proc/PID/maps."""
        if not self.present:
            return "---"
        return ("r" + ("w" if self.bits & WRITE else "-") +
                ("-" if self.bits & NX else "x"))

    def words(self):
        """What its bits say."""
        if not self.bits:
            return ["empty"]
        return [yes if self.bits >> bit & 1 else no
                for bit, yes, no in BITS if (yes if self.bits >> bit & 1
                                             else no) and
                not (bit == 7 and self.level == 3)]


class Area:
    """A range of addresses of a process."""

    def __init__(self, kernel, record):
        self.start, self.end = record.start, record.end
        self.prot, self.flags = record.prot, record.flags
        self.shared = bool(self.flags & AREA_SHARED)
        self.file = False
        ops = kernel.symbols.names.get(record.ops._address, "")
        if ops in AREA_NAMES:
            self.name = AREA_NAMES[ops]
        else:
            self.file = True
            self.name = self.path(kernel, record)

    @staticmethod
    def path(kernel, record):
        """An area's object is the open file, which knows its name."""
        if not record.object:
            return ""
        dentry = Record(kernel, "file", record.object).dentry
        names = []
        while dentry is not None and len(names) < 64:
            parent = dentry.parent
            names.append(kernel.text(kernel.word(dentry.at("name"))))
            dentry = parent
        return "/" + "/".join(n for n in reversed(names) if n not in ("", "/"))

    def rights(self):
        return "".join(letter if self.prot & bit else "-" for letter, bit in
                       (("r", 1), ("w", 2), ("x", 4))) + \
            ("s" if self.shared else "p")

    def pages(self):
        return (self.end - self.start) // PAGE


class Process:
    """A process as /proc shows it."""

    def __init__(self, kernel, record):
        self.kernel, self.record = kernel, record
        self.number = record.pid.number
        self.parent = record.parent_number
        self.threads = [Task(kernel, task) for task in
                        kernel.each(record.at("threads"), "task", "thread")]
        self.zombie = bool(record.zombie) or not self.threads
        self.name = self.threads[0].name if self.threads else ""
        self.state = "Z" if self.zombie else self.threads[0].state
        self.syscalls = record.dead_syscalls + sum(
            t.syscalls for t in self.threads)
        self.space = self.threads[0].record.space if self.threads else None

    def areas(self):
        """Lowest address first."""
        space = self.space
        if space is None:
            return []
        return [Area(self.kernel, Record(
            self.kernel, "area", self.kernel.word(space.areas + 8 * i)))
                for i in range(min(space.area_count, LOOP))]

    def pages(self):
        """(address, entry) of what is mapped now."""
        return self.kernel.mappings(self.space.root)[0] if self.space else []

    def area_at(self, address):
        for area in self.areas():
            if area.start <= address < area.end:
                return area
        return None


class Task:
    """A thread."""

    def __init__(self, kernel, record):
        self.record = record
        self.id, self.name = record.id, record.name
        states = kernel.symbols.enum("task_state")
        self.state = STATES.get(states.get(record.state), "?")
        self.on_cpu, self.cpu = bool(record.on_cpu), record.cpu
        self.syscalls = record.context.syscalls
        self.user_ns, self.kernel_ns = record.time[0], record.time[1]


class Cpu:
    """A CPU, and what it runs: context is the first member of a task."""

    def __init__(self, kernel, record):
        self.record, self.id, self.ticks = record, record.id, record.ticks
        current = record.current
        task = Record(kernel, "task", current._address) if current else None
        self.idle = task is None or task == record.idle
        self.task = None if self.idle else Task(kernel, task)
