"""The lesson's torn read, as a picture of a run: the writer of the data page is
stopped between two words, and a reader looks meanwhile.

The writer is the kernel's, stepped instruction by instruction through the first
update at which CLOCK_MONOTONIC comes to a new second. The reader is this file:
it looks at the machine's memory in the order of vdso/seqlock.h, as a program on
another CPU would. Each value was there.
"""

import re

from .dwarf import Missing
from .picture import Picture

LINE, SLOT = 0, 1               # CLOCK_MONOTONIC: clocks[0], its second clock
LATE = 900 * 10**6              # ns: from then on a second may end
WORDS = ("begin", f"sec[{SLOT}]", f"nsec[{SLOT}]", "end")
MOST_STEPS = 3000               # of the writer, for one update


class Stepper:
    """The machine, which goes on by an instruction at a time."""

    def __init__(self, machine):
        self.machine, self.stopper = machine, machine.stopper()

    def line(self):
        """{name: value} of the line's words, as it is now."""
        clocks = self.machine.look().vvar().clocks[LINE]
        return dict(zip(WORDS, (clocks.seq.begin, clocks.sec[SLOT],
                                clocks.nsec[SLOT], clocks.seq.end)))

    def run_to(self, name):
        """Until the kernel calls a function."""
        place = f"1,{self.machine.known.symbols.address(name):x},1"
        self.stopper.ask("Z" + place)
        answer = self.stopper.ask("c")
        if not re.match("[TS]05", answer):
            raise Missing("the machine ended before a second was over")
        self.stopper.ask("z" + place)

    def read(self):
        """A reader's loads, in its order."""
        return [(name, self.line()[name]) for name in
                ("end", WORDS[1], WORDS[2], "begin")]

    def write(self, last):
        """The writer's stores to the line, until that to the word `last`;
        None if the update ends without it."""
        seen, before = [], self.line()
        for _ in range(MOST_STEPS):
            self.stopper.ask("s")
            after = self.line()
            changed = [name for name in after if after[name] != before[name]]
            seen += [(name, after[name]) for name in changed]
            if last in changed:
                return seen
            if "end" in changed:
                return None
            before = after
        raise Missing("an update of the data page does not end")


def record(machine):
    """[(who, [(word, value)], the line then)]: the parts of the picture."""
    stepper, parts, half = Stepper(machine), [], None

    def note(who, seen):
        parts.append((who, seen, stepper.line()))

    while half is None:
        stepper.run_to("vvar_open")
        parts.clear()
        note("reader", stepper.read())
        if stepper.line()[WORDS[2]] >> 32 > LATE:
            half = stepper.write(WORDS[1])
        else:
            stepper.stopper.ask("s")
    note("writer", half)
    note("reader", stepper.read())
    note("writer", stepper.write("end"))
    note("reader", stepper.read())
    return parts


# ---- The picture -------------------------------------------------------------

COLUMN, GAP = 184, 20
TITLES = ("before", "half of the change", "meanwhile", "the other half",
          "again")


def clock(words):
    """A time from the words of a line or of a reading."""
    return f"{words[WORDS[1]]}.{words[WORDS[2]] >> 32:09d}"


def draw(parts):
    picture = Picture("a torn read, and how its reader notices")
    for y, title in ((46, "the writer"), (206, "the data page"),
                     (386, "a reader")):
        picture.text(0, y, title, "small dim")
        picture.line(0, y + 8, 1000, y + 8, "rule")
    changing = [part[2]["begin"] != part[2]["end"] for part in parts]
    first, last = changing.index(True), len(parts) - 1 - \
        changing[::-1].index(True)
    picture.rect(first * (COLUMN + GAP) - 8, 22, (last + 1 - first) *
                 (COLUMN + GAP) + 40, 506, "change", radius=8)
    picture.text(first * (COLUMN + GAP) + 2, 16, "begin ≠ end: a change is "
                 "under way", "tiny accent")
    for place, (who, seen, line) in enumerate(parts):
        x = place * (COLUMN + GAP)
        picture.text(x + COLUMN, 46 if who == "writer" else 386,
                     TITLES[place], "small bold", "end")
        before = parts[place - 1][2] if place else line
        draw_line(picture, x, line, before)
        if who == "writer":
            draw_writer(picture, x, seen)
        else:
            draw_reader(picture, x, seen)
    return picture


def word(name, value):
    return f"{value >> 32:09d}" if name.startswith("nsec") else value


def draw_line(picture, x, line, before):
    """The page as it stands at the end of a part."""
    picture.rect(x, 226, COLUMN, 122, "box", radius=6)
    for row, name in enumerate(WORDS):
        new = line[name] != before[name]
        y = 250 + 26 * row
        picture.text(x + 10, y, name.split("[")[0], "small")
        picture.text(x + COLUMN - 10, y, word(name, line[name]),
                     "mono small" + (" accent bold" if new else ""), "end")


def draw_writer(picture, x, seen):
    picture.rect(x, 66, COLUMN, 106, "bar-run", radius=6)
    for row, (name, value) in enumerate(seen[:4]):
        picture.text(x + 10, 90 + 24 * row, name.split("[")[0] + " =",
                     "small")
        picture.text(x + COLUMN - 10, 90 + 24 * row, word(name, value),
                     "mono small", "end")
    picture.line(x + COLUMN / 2, 172, x + COLUMN / 2, 226, "wire to-page")


def draw_reader(picture, x, seen):
    read = dict(seen)
    good = read["begin"] == read["end"]
    picture.rect(x, 406, COLUMN, 112, "bar-run", radius=6)
    for row, (words, value) in enumerate((
            ("end", read["end"]), ("reads", clock(read)),
            ("begin", read["begin"]))):
        picture.text(x + 10, 430 + 24 * row, words, "small")
        picture.text(x + COLUMN - 10, 430 + 24 * row, value, "mono small" + (
            " accent bold" if words == "reads" and not good else ""), "end")
    picture.text(x + 10, 506, "equal: good" if good else
                 "different: again", "small bold " +
                 ("good" if good else "accent"))
    picture.line(x + COLUMN / 2, 348, x + COLUMN / 2, 406, "wire to-image")
