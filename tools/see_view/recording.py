"""A run as a file: the pages of memory that the views read, look by look.

A zip archive: colonel.elf and facts.json (kernel.py), then look-NNNNNN: a line
of JSON (time, state, console, frames), and the pages that had changed.
"""

import json
import time
import zipfile

from .dwarf import Missing
from .kernel import PAGE, CopiedMemory, Kernel, Knowledge
from .views import VIEWS, draw

PACE = 0.5              # seconds from look to look
CLEAR = b"\x1bc"        # resets a terminal


class Recorder:
    """Writes one."""

    def __init__(self, path, machine):
        self.machine, self.known = machine, machine.known
        self.archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED,
                                       compresslevel=3)
        self.archive.writestr("colonel.elf", self.known.elf)
        self.archive.writestr("facts.json", json.dumps(dict(
            self.known.facts, limit=machine.memory.frame_limit())))
        self.began, self.count = time.monotonic(), 0
        self.pages, self.console = {}, bytearray()
        machine.listeners.add(self.console.extend)

    def look(self):
        """All views are drawn once, for the pages that they read."""
        kernel = self.machine.look()
        extra = {view: self.machine.options_for(view) for view in VIEWS}
        for view in VIEWS:
            try:
                draw(view, kernel, dict(extra[view]))
            except Missing:
                pass
        new = {frame: page for frame, page in kernel.pages.items()
               if self.pages.get(frame) != page}
        self.pages.update(new)
        head = {"time": time.monotonic() - self.began,
                "state": self.machine.state, "words": self.machine.words,
                "console": self.console.decode("latin-1"), "extra": extra,
                "frames": list(new)}
        self.console.clear()
        self.archive.writestr(f"look-{self.count:06}", json.dumps(
            head).encode() + b"\n" + b"".join(new.values()))
        self.count += 1

    def close(self):
        self.archive.close()


class Recording:
    """Shows one, in the place of a Machine."""

    def __init__(self, path):
        try:
            self.archive = zipfile.ZipFile(path)
            facts = json.loads(self.archive.read("facts.json"))
        except (zipfile.BadZipFile, KeyError):
            raise Missing(f"{path} is not a recording of ours") from None
        self.known = Knowledge(self.archive.read("colonel.elf"), facts)
        self.names = sorted(name for name in self.archive.namelist()
                            if name.startswith("look-"))
        if not self.names:
            raise Missing(f"{path} is a recording without a look")
        self.limit, self.listeners = facts["limit"], set()
        self.playing, self.began = True, 0
        self.seek(0)

    def __len__(self):
        return len(self.names)

    def seek(self, at):
        """Shows look number `at`: all changes up to there."""
        self.at = -1
        self.pages, self.console_text = {}, bytearray()
        for _ in range(min(max(at, 0), len(self) - 1) + 1):
            self.step()
        self.say(CLEAR + bytes(self.console_text))

    def step(self):
        """Takes in the next look; what the console said meanwhile."""
        self.at += 1
        head, _, pages = self.archive.read(
            self.names[self.at]).partition(b"\n")
        self.head = json.loads(head)
        for place, frame in enumerate(self.head["frames"]):
            self.pages[frame] = pages[place * PAGE:(place + 1) * PAGE]
        said = self.head["console"].encode("latin-1")
        self.console_text += said
        return said

    def say(self, data):
        for listener in self.listeners:
            listener(data)

    def advance(self, seconds):
        """Time passes, while it plays."""
        if not self.playing:
            return
        self.began += seconds
        while self.at + 1 < len(self) and self.began >= PACE:
            self.began -= PACE
            self.say(self.step())

    @property
    def state(self):
        return self.head["state"] if self.at + 1 < len(self) else "played"

    @property
    def words(self):
        return f"recorded at {self.head['time']:.1f} s: {self.head['words']}"

    def look(self):
        return Kernel(self.known, CopiedMemory(self.pages, self.limit))

    def options_for(self, view):
        return self.head["extra"].get(view, {})

    def type(self, data):
        """Nobody is there to read it."""
