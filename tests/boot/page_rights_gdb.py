"""gdb's side of page_rights.py: walks the page tables of every process, and
the kernel's own, in a machine that has stopped; prints "NAME VALUE" lines.

The tables are read as memory, through the kernel's direct map, so the guest
cannot tell us anything else than what its CPU would find there.
"""

import gdb

DIRECT_MAP = 0xffff888000000000
KERNEL_OFFSET = 0xffffffff80000000
PRESENT, WRITE, USER, LARGE, NX = 1, 2, 4, 1 << 7, 1 << 63
ADDRESS = 0x000ffffffffff000
LOWER_HALF, ENTRIES = 256, 512


def number(expression):
    return int(gdb.parse_and_eval(f"(unsigned long)({expression})"))


def table(physical):
    memory = gdb.selected_inferior().read_memory(DIRECT_MAP + physical, 4096)
    return memoryview(bytes(memory)).cast("Q")


def leaves(root, start, end, level=3, address=0,
           rights=WRITE | USER, nx=0):
    """(address, physical, size, rights) of what is mapped below `root`."""
    for index, entry in enumerate(table(root)):
        if level == 3 and not start <= index < end or not entry & PRESENT:
            continue
        span = 4096 << 9 * level
        here = address + index * span
        if level == 3 and index >= LOWER_HALF:
            here |= 0xffff << 48
        both, no_exec = rights & entry, nx | entry & NX
        if level == 0 or entry & LARGE:
            yield here, entry & ADDRESS & -span, span, both, not no_exec
        else:
            yield from leaves(entry & ADDRESS, start, end, level - 1, here,
                              both, no_exec)


def processes(process):
    yield process
    head = process["children"]
    offset = [f.bitpos // 8 for f in process.type.fields()
              if f.name == "sibling"][0]
    node = head["next"]
    while node != head.address:
        child = (int(node) - offset)
        yield from processes(gdb.Value(child).cast(
            process.type.pointer()).dereference())
        node = node["next"]


def roots():
    """The top-level tables of all processes that have a space."""
    offset = [f.bitpos // 8 for f in gdb.lookup_type("struct task").fields()
              if f.name == "thread"][0]
    task_type = gdb.lookup_type("struct task").pointer()
    for process in processes(gdb.parse_and_eval("*init_process")):
        node = process["threads"]["next"]
        if node == process["threads"].address:
            continue
        task = gdb.Value(int(node) - offset).cast(task_type)
        if int(task["space"]):
            yield task["name"].string(), int(task["space"]["root"])


def look_at_processes():
    page = number("&vvar_k") - KERNEL_OFFSET
    image = number("&vdso_image_start") - KERNEL_OFFSET
    for name, root in roots():
        seen = {page: 0, image: 0}
        for _, physical, _, rights, _ in leaves(root, 0, LOWER_HALF):
            if physical in seen and rights & USER:
                seen[physical] += 1
                if rights & WRITE:
                    print(f"WRITABLE {name}")
        print(f"PROCESS {name} {seen[page]} {seen[image]}")


def look_at_kernel():
    image = number("&vdso_image_start") - KERNEL_OFFSET
    text = number("&kernel_start") - KERNEL_OFFSET
    end = number("&kernel_rodata_end") - KERNEL_OFFSET
    root = number("kernel_root")
    for address, physical, size, rights, executable in leaves(
            root, LOWER_HALF, ENTRIES):
        if rights & WRITE and executable:
            print(f"WRITE-AND-EXECUTE {address:#x}")
        if rights & WRITE and physical < image + 4096 \
                and image < physical + size:
            print(f"IMAGE-ALIAS {address:#x}")
        if rights & WRITE and physical < end and text < physical + size:
            print(f"TEXT-ALIAS {address:#x}")
        if rights & USER:
            print(f"USER {address:#x}")
    print(f"IDENTITY {sum(1 for _ in leaves(root, 0, LOWER_HALF))}")


look_at_processes()
look_at_kernel()
