"""The pictures. Each takes a Kernel and the words of a link, and draws."""

import time

from .frames import OWNERS, Frames
from .kernel import LEVELS, PAGE, STATE_WORDS, Unreadable
from .timeline import timeline
from .picture import Picture, plural, size_of, wait


def number(options, name, default):
    try:
        return int(options.get(name, ""), 0)
    except ValueError:
        return default


def choose(kernel, options, *names):
    """The processes that a link names; else those that started last."""
    processes = [p for p in kernel.processes() if p.space is not None]
    by_number = {p.number: p for p in processes}
    last = [p for p in reversed(processes)]
    chosen = []
    for name in names:
        process = by_number.get(number(options, name, -1))
        if process is None:
            process = next((p for p in last if p not in chosen), None)
        chosen.append(process)
    return processes, chosen


# ---- Two address spaces ------------------------------------------------------

COLUMN, MIDDLE = 360, 500       # width of a space, where the frames stand


def spaces(kernel, options):
    """Two address spaces, and the frames behind [vvar] and [vdso]."""
    processes, (left, right) = choose(kernel, options, "left", "right")
    picture = Picture("two address spaces")
    if left is None:
        return wait("no process has memory")
    for x, side, process in ((0, "left", left), (1000 - COLUMN, "right",
                                                 right)):
        for row, candidate in enumerate(processes[-12:]):
            other = right if side == "left" else left
            words = (f"spaces?left={candidate.number}&right="
                     f"{other.number if other else 0}") if side == "left" else \
                f"spaces?left={other.number}&right={candidate.number}"
            picture.chip(x + row % 6 * 61, row // 6 * 32,
                         f"{candidate.number:4}".strip().center(4), words,
                         candidate == process)
    top = 44 + 32 * ((min(len(processes), 12) - 1) // 6)
    shared = shared_frames(left, right) if right else set()
    places = [draw_space(picture, kernel, left, 0, top, shared)]
    if right:
        places.append(draw_space(picture, kernel, right, 1000 - COLUMN, top,
                                 shared))
    draw_frames(picture, kernel, top, places)
    return picture


def shared_frames(left, right):
    return {e.target for _, e in left.pages()} & \
        {e.target for _, e in right.pages()}


def draw_space(picture, kernel, process, x, top, shared):
    """One column, the highest address on top; [(frame, where, kind)]."""
    picture.text(x, top + 24, f"{process.name}", "big")
    picture.text(x + COLUMN, top + 24, f"process {process.number}", "dim",
                 "end")
    pages, ends = process.pages(), []
    y, above = top + 40, None
    for area in reversed(process.areas()):
        if above is not None and above != area.end:
            picture.line(x + 30, y + 4, x + 30, y + 18, "gap")
            picture.text(x + 44, y + 17, size_of(above - area.end) + " empty",
                         "tiny dim")
            y += 23
        inside = [(a, e) for a, e in pages if area.start <= a < area.end]
        height = 48 if area.pages() < 3 else \
            min(46 + 3 * area.pages().bit_length(), 84)
        here = frame_ends(kernel, area, inside, y, height)
        draw_area(picture, process, area, inside, shared, x, y, height,
                  all(end[3] for end in here))
        ends += here
        above, y = area.start, y + height + 3
    return x, ends


def draw_area(picture, process, area, inside, shared, x, y, height, common):
    """`common`: what it shows of [vvar] and [vdso] is everybody's."""
    kind = {"[vvar]": " is-page", "[vdso]": " is-image"}.get(area.name, "")
    name = area.name or "anonymous memory"
    picture.link(f"walk?pid={process.number}&address={area.start:#x}",
                 f"walk to {name}")
    picture.rect(x, y, COLUMN, height, "area" + kind,
                 f"{area.start:#x} to {area.end:#x}")
    width = COLUMN - 12
    both = sum(e.target in shared for _, e in inside)
    share = width * min(len(inside) / area.pages(), 1)
    if inside:
        owner = {"[vvar]": "page", "[vdso]": "image"}.get(
            area.name, "file" if area.file else "process") if common else \
            "process"
        picture.rect(x + 6, y + height - 9, max(share, 3), 5, owner,
                     radius=2)
    picture.text(x + 8, y + 17, f"{area.start:012x}", "mono small dim")
    picture.text(x + 122, y + 17, name if len(name) < 19 else
                 "…" + name[-17:], "small bold" if kind else "small")
    picture.text(x + COLUMN - 8, y + 17, area.rights(), "mono small", "end")
    words = f"{size_of(area.pages() * PAGE)}, {len(inside)} in memory"
    if both and not kind:
        words += f", {both} also there"
    picture.text(x + 8, y + 34, words, "tiny dim")
    picture.end_link()


def frame_ends(kernel, area, inside, y, height):
    """Where the lines to the frames of [vvar] and [vdso] begin: (frame, y,
    name, is it everybody's, is it mapped)."""
    if area.name not in ("[vvar]", "[vdso]"):
        return []
    common = [kernel.vvar_frame()] if area.name == "[vvar]" else \
        kernel.image_frames()
    there = {address: entry.target for address, entry in inside}
    pages = range(area.start, area.end, PAGE)
    step, ends = height / (len(pages) + 1), []
    for place, address in enumerate(pages):
        frame = there.get(address, common[min(place, len(common) - 1)])
        ends.append((frame, y + step * (place + 1), area.name,
                     frame in common, address in there))
    return ends


def draw_frames(picture, kernel, top, places):
    """The frames in the middle, and lines to them from both sides."""
    heights, y = {}, top + 50
    ends = [(x, *end) for x, column in places for end in column]
    for common, name, frame in sorted({(not end[4], end[3], end[1])
                                       for end in ends}):
        kind = "process" if common else \
            "page" if name == "[vvar]" else "image"
        picture.link(f"memory?frame={frame // PAGE:#x}", "this frame")
        picture.rect(MIDDLE - 74, y, 148, 62, kind, radius=6)
        picture.text(MIDDLE, y + 26, "a copy of its own" if common else
                     "the data page" if name == "[vvar]" else "the image",
                     "on-colour bold small", "middle")
        picture.text(MIDDLE, y + 48, f"frame {frame // PAGE:#x}",
                     "mono small on-colour", "middle")
        picture.end_link()
        heights[frame] = y + 31
        y += 84
    for x, frame, start, name, common, mapped in ends:
        kind = "wire " + ("to-own" if not common else "to-page" if name ==
                          "[vvar]" else "to-image") + \
            ("" if mapped else " not-yet")
        side = -1 if x < MIDDLE else 1
        picture.curve(x + COLUMN + 2 if x < MIDDLE else x - 2, start,
                      MIDDLE + side * 75, heights[frame], kind)
    words = ["one frame in both,", "which they can only read."] * bool(ends)
    if not all(end[5] for end in ends):
        words.append("Dotted: not touched yet.")
    if not all(end[4] for end in ends):
        words += ["A copy: it was written to,", "by a debugger perhaps."]
    for line in words:
        picture.text(MIDDLE, y + 4, line, "tiny dim", "middle")
        y += 18


# ---- The data page -----------------------------------------------------------

MEANINGS = {
    "vnotb": ("", "the number of the beast"),
    "minuteswest": ("min", "time zone, west of Greenwich"),
    "dsttime": ("", "kind of daylight saving"),
    "tick_ns": ("ns", "a tick"),
    "features": ("", "what the kernel can do (bits)"),
    "begin": ("", "changes begun"),
    "end": ("", "changes done"),
    "cycles": ("", "counter at the last update"),
    "mult": ("ns/cycle × 2³²", "rate of the counter"),
    "limit": ("cycles", "to a clock's next second"),
    "sec": ("s", "seconds of the clock"),
    "nsec": ("ns × 2³²", "and its nanoseconds"),
}
CLOCKS = (("CLOCK_REALTIME", "CLOCK_MONOTONIC"),
          ("CLOCK_BOOTTIME", "CLOCK_TAI"), ("CLOCK_MONOTONIC_RAW", ""))


def page(kernel, options):
    """Each field of the data page."""
    vvar = kernel.vvar()
    picture = Picture("the data page")
    picture.rect(0, 0, 420, 138, "box", radius=8)
    picture.text(20, 92, vvar.vnotb, "huge accent")
    picture.text(20, 124, "vnotb, the number of the beast", "small dim")
    draw_section(picture, vvar, options)
    y = draw_clocks(picture, vvar, options, 176)
    draw_fields(picture, vvar, y + 30)
    return picture


def draw_section(picture, vvar, options):
    """Begin and end of the first clocks: is a change under way?"""
    lock = vvar.clocks[0].seq
    picture.rect(436, 0, 564, 138, "box", radius=8)
    for x, name, value in ((456, "begin", lock.begin), (640, "end",
                                                        lock.end)):
        picture.rect(x, 20, 22, 22, "lamp lit" if value & 1 else "lamp",
                     radius=11)
        picture.text(x + 32, 37, name, "bold")
        picture.text(x, 72, value, "mono big")
    state = "being written now" if lock.begin != lock.end else "at rest"
    picture.text(824, 37, state, "accent" if lock.begin != lock.end else
                 "good")
    if "looks" in options:
        looks, torn = options["looks"], options["torn"]
        picture.text(456, 102, f"{torn} of {looks} looks from outside fell "
                     "into a change", "small")
    if options.get("rate"):
        picture.text(456, 124, f"{options['rate']:.0f} updates a second",
                     "small dim")


VALUES = (400, 606, 812)        # where the values of the three lines stand


def draw_fields(picture, vvar, y):
    """Name, meaning and value; the lines of clocks side by side."""
    for x, words in ((8, "field"), (110, "meaning"), (VALUES[0], "value")):
        picture.text(x, y, words, "small dim")
    rows = [(name, [f"{value:#x}" if name == "features" else value])
            for name, value in vvar.items() if name != "clocks"]
    y = draw_rows(picture, rows, y + 8) + 26
    for line in range(min(len(vvar.clocks), len(VALUES))):
        picture.text(VALUES[line], y, f"clocks[{line}]", "mono small bold")
    rows = []
    for name in [*dict(vvar.clocks[0].seq.items()),
                 *dict(vvar.clocks[0].items())]:
        values = [getattr(clocks.seq if clocks.seq.has(name) else clocks,
                          name) for clocks in vvar.clocks]
        if name == "seq":
            continue
        if isinstance(values[0], list):
            rows += [(f"{name}[{slot}]", [value[slot] for value in values])
                     for slot in range(len(values[0]))]
        else:
            rows.append((name, values))
    return draw_rows(picture, rows, y + 8)


def draw_rows(picture, rows, y):
    for count, (name, values) in enumerate(rows):
        if count % 2 == 0:
            picture.rect(0, y, 1000, 24, "row", radius=2)
        unit, meaning = MEANINGS.get(name.split("[")[0], ("", ""))
        picture.text(8, y + 17, name, "mono small bold")
        picture.text(110, y + 17, meaning + (f", {unit}" if unit else ""),
                     "small dim")
        for x, value in zip(VALUES, values):
            picture.text(x, y + 17, value, "mono small")
        y += 24
    return y


def draw_clocks(picture, vvar, options, y):
    """What each clock said at the last update, and about now."""
    since = None            # ns from the last update to now, by the host
    if "now" in options:
        first = vvar.clocks[0]
        since = max(options["now"] - first.sec[1] * 10**9 -
                    (first.nsec[1] >> 32), 0)
    picture.text(8, y, "clock", "small dim")
    picture.text(260, y, "at the last update", "small dim")
    if since is not None:
        picture.text(640, y, "a program would read now (about)", "small dim")
    y += 8
    for line, names in enumerate(CLOCKS):
        for slot, name in enumerate(names):
            if not name or line >= len(vvar.clocks):
                continue
            clocks = vvar.clocks[line]
            sec, nsec = clocks.sec[slot], clocks.nsec[slot] >> 32
            picture.text(8, y + 18, name, "mono small")
            picture.text(260, y + 18, reading(name, sec, nsec), "mono small")
            if since is not None:
                total = nsec + since
                picture.text(640, y + 18, reading(
                    name, sec + total // 10**9, total % 10**9), "mono small")
            y += 25
    return y


def reading(name, sec, nsec):
    if name in ("CLOCK_REALTIME", "CLOCK_TAI") and sec < 1 << 33:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(sec)) + \
            f".{nsec:09d}"
    return f"{sec}.{nsec:09d} s"


# ---- Memory ------------------------------------------------------------------

MANY = 8000             # frames in use from which on cells are small


def memory(kernel, options):
    """Each frame a cell, coloured by owner; rows all free are folded."""
    frames = Frames(kernel)
    picture = Picture("memory")
    counts = {owner: 0 for owner in OWNERS}
    for owner in frames.owners:
        counts[owner] += 1
    for place, (owner, words) in enumerate(OWNERS.items()):
        x, y = place % 2 * 505, place // 2 * 27
        picture.rect(x, y, 18, 18, owner)
        picture.text(x + 28, y + 15, words, "small")
        picture.text(x + 485, y + 15, size_of(counts[owner] * PAGE),
                     "small dim", "end")
    chosen = number(options, "frame", -1)
    y = 193
    words = frames.sentence(chosen) if chosen >= 0 else \
        "point at a frame to see who maps it"
    for line in words.split("\n")[:5]:
        picture.text(0, y, line, "small mono")
        y += 20
    used = len(frames.owners) - counts["free"] - counts["none"]
    draw_cells(picture, frames, chosen, max(y + 4, 287),
               64 if used < MANY else 256)
    return picture


def draw_cells(picture, frames, chosen, y, columns):
    cell, skipped, kind = 900 / columns, 0, None
    for first in range(0, len(frames.owners), columns):
        owners = frames.owners[first:first + columns]
        dull = owners[0] if owners[0] in ("free", "none") and \
            owners.count(owners[0]) == len(owners) and not \
            first <= chosen < first + columns else None
        if dull != kind:
            y = draw_skipped(picture, skipped, kind, y)
            skipped, kind = 0, dull
        if dull:
            skipped += len(owners)
            continue
        picture.text(88, y + cell - 2, f"{first * PAGE:#x}", "mono tiny dim",
                     "end")
        picture.add(f'<g class="cells" data-first="{first}" '
                    f'data-cell="{cell}" data-columns="{columns}">')
        draw_row(picture, owners, y, cell)
        picture.add("</g>")
        if first <= chosen < first + columns:
            picture.rect(100 + (chosen - first) * cell - 2, y - 2, cell + 3,
                         cell + 3, "outline")
        y += cell
    draw_skipped(picture, skipped, kind, y)


def draw_row(picture, owners, y, cell):
    """Frames of one owner that touch are one shape in the file."""
    start = 0
    edge = 1 if cell > 8 else 0
    for end in range(1, len(owners) + 1):
        if edge or end == len(owners) or owners[end] != owners[start]:
            picture.rect(100 + start * cell, y, (end - start) * cell - edge,
                         cell - edge, owners[start], radius=edge * 1.5)
            start = end


def draw_skipped(picture, count, kind, y):
    if not count:
        return y
    picture.line(100, y + 14, 1000, y + 14, "gap")
    picture.rect(450, y, 200, 28, "paper")
    picture.text(550, y + 19, f"{size_of(count * PAGE)}: {OWNERS[kind]}",
                 "small dim", "middle")
    return y + 32


# ---- A walk ------------------------------------------------------------------

def walk(kernel, options):
    """From an address down to the byte."""
    _, (process,) = choose(kernel, options, "pid")
    if process is None:
        return wait("no process has memory")
    address = number(options, "address", process.space.vdso)
    picture = Picture(f"a walk to {address:#x}")
    picture.text(0, 26, f"{address:016x}", "mono big")
    picture.text(230, 25, f"in {process.name}, process {process.number}",
                 "dim")
    area = process.area_at(address)
    picture.text(1000, 25, f"{area.rights()} {area.name}" if area else
                 "in no area of the process", "dim", "end")
    split = [address >> shift & 511 for shift in (39, 30, 21, 12)]
    entries = kernel.walk(process.space.root, address)
    y = 50
    for level, index in enumerate(split):
        entry = entries[level] if level < len(entries) else None
        y = draw_entry(picture, level, index, entry, y)
        if entry is None or not entry.present or entry.is_page:
            break
    draw_end(picture, kernel, process, area, address, entries, y)
    return picture


def draw_entry(picture, level, index, entry, y):
    picture.rect(0, y, 1000, 78, "box", radius=6)
    picture.text(16, y + 27, LEVELS[level], "bold")
    picture.text(16, y + 53, f"frame {entry.table // PAGE:#x}", "mono small "
                 "dim")
    picture.text(190, y + 27, f"[{index}]", "mono big accent")
    picture.text(190, y + 53, f"bits {47 - 9 * level} to {39 - 9 * level}",
                 "small dim")
    picture.text(320, y + 27, f"{entry.bits:016x}", "mono")
    words = ", ".join(entry.words())
    picture.text(320, y + 53, words if len(words) < 84 else words[:82] + "…",
                 "small")
    if entry.present:
        picture.text(984, y + 27, f"→ frame {entry.target // PAGE:#x}",
                     "mono small", "end")
        picture.line(100, y + 78, 100, y + 96, "wire")
    return y + 96


def draw_end(picture, kernel, process, area, address, entries, y):
    """The byte, and what each access would do."""
    last = entries[-1]
    if last.present:
        place = last.target + address % last.size
        picture.rect(0, y, 1000, 78, "box", radius=6)
        picture.text(16, y + 27, "the byte", "bold")
        picture.text(190, y + 27, f"+{address % last.size:#x}", "mono big "
                     "accent")
        picture.text(320, y + 27, f"physical {place:#x}", "mono")
        start = place & ~15
        line = bytes_at(kernel, start)
        picture.text(320, y + 53, line.hex(" ") or "not in this recording",
                     "mono small")
        picture.text(830, y + 53, "".join(
            chr(c) if 32 <= c < 127 else "." for c in line), "mono small dim")
        picture.link(f"memory?frame={place // PAGE:#x}", "see it in memory")
        picture.text(984, y + 27, "see it in memory", "small accent", "end")
        picture.end_link()
        y += 96
    y += 22
    for access in ("read", "write", "execute"):
        works, why = verdict(area, entries, access)
        picture.text(16, y, access, "bold")
        picture.text(110, y, why, "good" if works else "")
        y += 28
    picture.text(16, y + 8, f"A program's access, as the kernel would answer "
                 f"it for {process.name}.", "tiny dim")


def bytes_at(kernel, place):
    try:
        return kernel.page(place // PAGE * PAGE)[place % PAGE:][:16]
    except Unreadable:
        return b""


def verdict(area, entries, access):
    """(does it go on, why): what a program's access would do."""
    last = entries[-1]
    bit = {"read": 7, "write": 2, "execute": 4}[access]
    if area is None:
        return False, "page fault, and SIGSEGV: no area has this address"
    if not area.prot & bit:
        return False, (f"page fault, and SIGSEGV: the area is "
                       f"{area.rights()}")
    if not last.present:
        return True, "page fault: the kernel brings the page in, and it works"
    if access == "write" and not all(e.bits & 2 for e in entries):
        return True, ("page fault: the kernel copies the page for this "
                      "process, and it works")
    return True, "works without the kernel"


# ---- Processes, CPUs, messages -----------------------------------------------

def processes(kernel, options):
    """Who there is, and what each CPU runs."""
    picture, y = Picture("processes and CPUs"), 0
    for place, cpu in enumerate(kernel.cpus()):
        x, y = place % 4 * 252, place // 4 * 92
        picture.rect(x, y, 244, 82, "box", radius=8)
        picture.text(x + 14, y + 30, f"CPU {cpu.id}", "bold")
        picture.text(x + 230, y + 30, plural(cpu.ticks, "tick"), "small dim",
                     "end")
        picture.text(x + 14, y + 62, "idle" if cpu.idle else
                     f"{cpu.task.name} ({cpu.task.id})",
                     "dim" if cpu.idle else "accent big")
    y += 122
    heads = ((8, "number"), (90, "parent"), (170, "program"), (330, "state"),
             (560, "threads"), (650, "system calls"), (800, "pages"),
             (880, "look at"))
    for x, words in heads:
        picture.text(x, y, words, "small dim")
    y += 10
    for count, process in enumerate(kernel.processes()):
        if count % 2 == 0:
            picture.rect(0, y, 1000, 30, "row", radius=2)
        running = [t.cpu for t in process.threads if t.on_cpu]
        state = f"runs on CPU {running[0]}" if running else \
            STATE_WORDS.get(process.state, process.state)
        row = (process.number, process.parent, process.name, state,
               len(process.threads), process.syscalls, len(process.pages()))
        for (x, _), words in zip(heads, row):
            picture.text(x, y + 21, words, "accent" if running and
                         words == state else "")
        if process.space is not None:
            picture.link(f"spaces?left={process.number}", "its space")
            picture.text(880, y + 21, "space", "accent")
            picture.end_link()
            picture.link(f"walk?pid={process.number}", "a walk")
            picture.text(945, y + 21, "walk", "accent")
            picture.end_link()
        y += 30
    y += 34
    picture.text(8, y, "last on the console", "small dim")
    lines = [line for line in options.get("messages", []) if line.strip()]
    for line in lines[-12:]:
        y += 22
        picture.text(8, y, line[:110], "mono small")
    return picture


VIEWS = {"spaces": spaces, "page": page, "memory": memory, "walk": walk,
         "timeline": timeline, "processes": processes}


def draw(view, kernel, options):
    """A view, or a sentence why there is none just now."""
    if not kernel.ready():
        return wait("the machine boots")
    for _ in range(3):
        try:
            return VIEWS[view](kernel, options)
        except (Unreadable, RecursionError):
            # The kernel changed it while we looked: look again.
            kernel.pages.clear()
            kernel._mapped.clear()
    return wait("it changes too fast to be drawn")
