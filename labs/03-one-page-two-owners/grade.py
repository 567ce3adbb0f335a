"""The points of lab 3. What the page tables and the frame table say is read
from outside the machine, where the program `owners` has stopped."""

import re
import struct

PAGE = 4096
EFAULT, EACCES = -14, -13
SPARE = 64      # frames that the kernel may keep for the next time


def stopped(t, machine, times=1):
    machine.run_to(t.program_symbols("owners")["grader_looks"], times=times)


def owners(t, *words):
    return t.machine(*t.add("owners"), "owners", *words)


def mappings(machine, kernel_page):
    return [page for page in machine.pages() if page[1] == kernel_page]


def point_value(t):
    """The program prints the number that the kernel was started with."""
    number = t.draw("vnotb", 1000, 2000000)
    ended = t.run("-append", f"vnotb={number}", "notb")
    t.require(ended.output == f"His number is {number}\n",
              f"His number is {number}", ended.story())
    dated = t.run("sh", "-c", "date +%Y")
    t.require(dated.output.strip() == "2026",
              "date, which reads the page too, says 2026", dated.story())


def point_same_frame(t):
    """Two programs map the frame of vvar_k, once each."""
    with owners(t, "read") as machine:
        page, roots, seen = machine.page_of("vvar_k"), [], []
        for number in ("first", "second"):
            stopped(t, machine)
            found = mappings(machine, page)
            roots.append(machine.register("CR3"))
            seen.append(f"the {number} program maps it {len(found)} times")
            t.require(len(found) == 1, f"the frame of vvar_k, {page:#x}, is "
                      "mapped once in each program", "\n".join(seen))
        t.require(roots[0] != roots[1], "two address spaces", "one")
        # The kernel's write shows in both at once.
        mark = t.draw("written", 1, 1 << 31)
        address = found[0][0] + PAGE - 4
        machine.write(machine.kernel["vvar_k"] + PAGE - 4,
                      struct.pack("<I", mark))
        read = struct.unpack("<I", machine.read(address, 4))[0]
        t.require(read == mark, f"the program reads {mark}, which was "
                  "written by the kernel's name of the page", read)


def point_rights(t):
    """The page table lets a program read this page, and nothing else."""
    with owners(t, "read") as machine:
        page = machine.page_of("vvar_k")
        for _ in range(2):
            stopped(t, machine)
            found = mappings(machine, page)
            t.require(found, "the page is mapped", "it is not")
            t.require(found[0][2:] == (False, False),
                      "may write: no, may execute: no",
                      "may write: {}, may execute: {}".format(
                          *("yes" if right else "no"
                            for right in found[0][2:])))


def point_writer_dies(t):
    """The writer is killed by signal 11, and the page is as it was."""
    place = t.draw("place", 512, 1023)
    word = t.draw("word", 1, 1 << 30)
    with owners(t, "write", str(place), str(word)) as machine:
        stopped(t, machine)
        left = struct.unpack("<I", machine.read(
            machine.kernel["vvar_k"] + 4 * place, 4))[0]
        seen = mappings(machine, machine.page_of("vvar_k"))
        ended = machine.end()
    for pattern in ("the writer ends with -11",
                    f"read\\(\\) into the page gives {EFAULT}",
                    rf"mprotect\(PROT_READ \| PROT_WRITE\) gives {EACCES}",
                    "then the writer ends with -11", "the other owner lives"):
        t.prints(ended, pattern, re.sub(r"\\", "", pattern))
    t.require(left == 0 and len(seen) == 1,
              "the kernel's page is as it was, and the owner still has it",
              f"word {place} of vvar_k is {left}; the owner maps the page "
              f"{len(seen)} times")


def point_life_time(t):
    """After 2,000 processes as many users of each frame as before."""
    count = 2000
    with owners(t, "many", str(count)) as machine:
        stopped(t, machine)
        page = machine.page_of("vvar_k") // PAGE
        before = machine.frame_references()
        stopped(t, machine)
        after = machine.frame_references()
        ended = machine.end()
    t.ends_well(ended)
    t.require(before[page] > 1 and after[page] == before[page],
              f"{before[page]} users of the page's frame before and after, "
              "this process among them",
              f"{before[page]} before, {after[page]} after {count} processes")
    grown = sum(map(bool, after)) - sum(map(bool, before))
    t.require(grown <= SPARE, "no more frames in use than before",
              f"{grown} more")


def point_nothing_else(t):
    """Of the kernel a program sees the data page and the vDSO alone."""
    with owners(t, "around") as machine:
        page = machine.page_of("vvar_k")
        shown = {page, *range(machine.page_of("vdso_image_start"),
                              machine.page_of("vdso_image_end"), PAGE)}
        kernel = range(machine.page_of("kernel_start") // PAGE * PAGE,
                       machine.page_of("kernel_end"), PAGE)
        stopped(t, machine)
        pages = list(machine.pages())
        used = machine.frame_references()
        ended = machine.end()
    t.require(page in {physical for _, physical, _, _ in pages},
              "the data page is there", "it is not")
    others = [f"{address:#x} shows {physical:#x}"
              for address, physical, _, _ in pages
              if physical in kernel and physical not in shown
              or not used[physical // PAGE] or physical < 0x100000]
    t.require(not others, "no other frame of the kernel, and none that is "
              "free", "\n".join(others))
    t.prints(ended, "below ends with -11", "the page below is nobody's: "
             "a reader of it is killed")
