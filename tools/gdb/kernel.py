"""What gdb's commands need to know of the kernel: its processes, tasks, areas
and page tables, read through the kernel's own types.

A name that the kernel no longer has is an error of the command that asked.
"""

import re
import struct

import gdb

PAGE = 4096
ENTRIES = 512
PRESENT, LARGE = 1, 1 << 7
FRAME = 0x000ffffffffff000
# The bits of a page-table entry, in words (SDM 3A 4.5).
BITS = ((1 << 1, "writable", "read-only"), (1 << 2, "user", "kernel only"),
        (1 << 63, "not executable", "executable"), (1 << 5, "accessed", ""),
        (1 << 6, "dirty", ""), (1 << 8, "global", ""),
        (LARGE, "large page", ""))
LEVELS = ("level 4", "level 3", "level 2", "level 1")


def value(expression):
    return int(gdb.parse_and_eval(f"(unsigned long)({expression})"))


def layout(name):
    """A number of kernel/mm/layout.h."""
    with open("kernel/mm/layout.h", encoding="utf-8") as file:
        found = re.search(rf"#define {name}\s+(\w+)", file.read())
    return int(found[1], 0)


def memory(address, size):
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def physical(address, size):
    """RAM, by the kernel's map of all of it."""
    return memory(layout("DIRECT_MAP") + address, size)


def each(head, kind, member):
    """The elements of a list whose node is `member` of struct `kind`."""
    kind = gdb.lookup_type(f"struct {kind}")
    offset = next(f.bitpos // 8 for f in kind.fields() if f.name == member)
    start, node = int(head.address), head["next"]
    while int(node) not in (start, 0):
        yield gdb.Value(int(node) - offset).cast(kind.pointer()).dereference()
        node = node["next"]


def name_of(address):
    """FUNCTION or FUNCTION+OFFSET, or the number."""
    said = gdb.execute(f"info symbol {address:#x}", to_string=True)
    found = re.match(r"(\S+)(?: \+ (\d+))?(?: in section| in )", said)
    if not found:
        return f"{address:#x}"
    return found[1] + (f"+{found[2]}" if found[2] else "")


# ---- Who runs ----------------------------------------------------------------

def selected_cpu():
    """struct cpu of the CPU that gdb looks at. QEMU numbers its CPUs as their
    APICs, one thread each."""
    wanted = gdb.selected_thread().num - 1
    for number in range(value("cpu_count")):
        cpu = gdb.parse_and_eval(f"cpus[{number}]")
        if int(cpu) and int(cpu["apic_id"]) == wanted:
            return cpu.dereference()
    raise gdb.GdbError("the kernel has not started this CPU")


def task_of(cpu):
    return cpu["current"].cast(
        gdb.lookup_type("struct task").pointer()).dereference()


def current():
    return task_of(selected_cpu())


def ring():
    return value("$cs") & 3


def describe(task):
    """"notb, process 5", "idle", or a task of the kernel's own."""
    for number in range(value("cpu_count")):
        cpu = gdb.parse_and_eval(f"cpus[{number}]")
        if int(cpu) and int(cpu["idle"]) == int(task.address):
            return "idle"
    name = task["name"].string(errors="replace")
    if not int(task["process"]):
        return f"{name or 'a task'} of the kernel's"
    return f"{name}, process {number_of(task['process'])}"


def number_of(process):
    return int(process["pid"]["number"])


def processes():
    """All of the tree, parents first."""
    first = gdb.parse_and_eval("init_process")
    if not int(first):
        return
    waiting = [first.dereference()]
    while waiting:
        process = waiting.pop(0)
        yield process
        waiting += each(process["children"], "process", "sibling")


def find_process(word):
    """By its number; without a word, the one that runs here."""
    if not word:
        process = current()["process"]
        if not int(process):
            raise gdb.GdbError("a task of the kernel's runs here: "
                               "name a process, see `ps`")
        return process.dereference()
    try:
        number = int(word, 0)
    except ValueError:
        raise gdb.GdbError(f"{word} is not the number of a process") from None
    for process in processes():
        if number_of(process) == number:
            return process
    raise gdb.GdbError(f"there is no process {number}: see `ps`")


def threads(process):
    return each(process["threads"], "task", "thread")


def space_of(process):
    for task in threads(process):
        if int(task["space"]):
            return task["space"].dereference()
    raise gdb.GdbError(f"process {number_of(process)} has ended: "
                       "it has no memory any more")


# ---- Where a task sleeps -----------------------------------------------------

# What switch_stacks leaves on the stack: r15 r14 r13 r12 rbx rbp, then where
# it returns to.
SAVED_RBP, SAVED_RIP = 40, 48


def sleeps_in(task):
    """The function above kernel/sched/ that waits, of a task off its CPU."""
    rsp = int(task["context"]["rsp"])
    frame, = struct.unpack("<Q", memory(rsp + SAVED_RBP, 8))
    place, = struct.unpack("<Q", memory(rsp + SAVED_RIP, 8))
    for _ in range(16):
        line = gdb.find_pc_line(place)
        path = line.symtab.filename if line.symtab else ""
        if path and not re.search(r"kernel/(sched/|cpu/context)", path):
            return name_of(place)
        try:
            frame, place = struct.unpack("<QQ", memory(frame, 16))
        except gdb.MemoryError:
            break
    return "?"


# ---- Memory ------------------------------------------------------------------

def areas(space):
    for i in range(int(space["area_count"])):
        yield space["areas"][i].dereference()


def find_area(space, address):
    for area in areas(space):
        if int(area["start"]) <= address < int(area["end"]):
            return area
    return None


def area_name(area):
    """What kind of memory it is, by the area's operations."""
    name = name_of(int(area["ops"])).partition("+")[0].removesuffix("_ops")
    return {"anonymous": "", "image": "[vdso]",
            "ramfs_map": "a file"}.get(name, f"[{name}]")


def protection(area):
    prot = int(area["prot"])
    return "".join(letter if prot & bit else "-"
                   for letter, bit in (("r", 1), ("w", 2), ("x", 4)))


class Entry:
    """One entry of a page table."""

    def __init__(self, level, index, word):
        self.level, self.index, self.word = level, index, word
        self.frame = word & FRAME
        self.present = bool(word & PRESENT)
        self.last = level == 3 or not self.present or \
            bool(word & LARGE and level > 0)

    def words(self):
        if not self.present:
            return "not present"
        return ", ".join(yes if self.word & bit else no
                         for bit, yes, no in BITS
                         if (yes if self.word & bit else no) and
                         (bit != LARGE or self.level in (1, 2)))

    def size(self):
        """Bytes that the entry stands for."""
        return PAGE << 9 * (3 - self.level)


def walk(root, address):
    """The entries on the way from the top table to the page."""
    table = root & FRAME
    for level in range(4):
        index = address >> (39 - 9 * level) & ENTRIES - 1
        word, = struct.unpack("<Q", physical(table + 8 * index, 8))
        entry = Entry(level, index, word)
        yield entry
        if entry.last:
            return
        table = entry.frame


def translate(root, address):
    """The physical address, or None where nothing is mapped."""
    entry = list(walk(root, address))[-1]
    if not entry.present:
        return None
    return (entry.frame & -entry.size()) + address % entry.size()


def user_word(root, address):
    """The 64-bit word of a program's memory, or None where it has none."""
    place = translate(root, address)
    return None if place is None else \
        struct.unpack("<Q", physical(place, 8))[0]


def mappings(root):
    """(address, entry) of each page that ring 3's half maps."""
    waiting = [(root & FRAME, 0, 0)]
    while waiting:
        table, level, base = waiting.pop()
        count = ENTRIES // 2 if level == 0 else ENTRIES
        words = struct.unpack(f"<{count}Q", physical(table, 8 * count))
        for index, word in enumerate(words):
            if not word & PRESENT:
                continue
            entry = Entry(level, index, word)
            address = base + index * entry.size()
            if entry.last:
                yield address, entry
            else:
                waiting.append((entry.frame, level + 1, address))


def users_of(frame):
    """(process, address) for each mapping of a frame in ring 3."""
    for process in processes():
        try:
            root = int(space_of(process)["root"])
        except gdb.GdbError:
            continue
        for address, entry in mappings(root):
            if entry.frame == frame:
                yield process, address
