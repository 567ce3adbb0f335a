"""The machine that is looked at: QEMU, its console, and how it fares."""

import asyncio
import os
import re
import shlex
import shutil
import struct
import tempfile
import time

from monitor import Monitor, whereabouts

from . import stop
from .dwarf import Missing
from .kernel import Kernel, LiveMemory, Unreadable

SCROLLBACK = 1 << 18    # bytes of the console for a page that is opened later
HANG_TIME = 5           # seconds without a tick
PROMPT = re.compile(rb"colonel:[^\r\n]*# (\x1b\[6n)?$")
LOOKS_TIME = 0.002      # seconds in which the data page is looked at


class Machine:
    """One run. `run` is the module tools/run, which starts it."""

    def __init__(self, run, options, knowledge, program):
        self.run, self.options, self.known = run, options, knowledge
        self.folder = tempfile.mkdtemp(
            prefix="colonel-see-",
            dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.console_text, self.listeners = bytearray(), set()
        self.typed = shlex.join(program).encode() + b"\r" if program else b""
        self.process = self.memory = None
        self.state, self.words = "boots", "the machine boots"
        self.ticks, self.ticked = {}, time.monotonic()
        self.places = []        # of the CPUs, when one hangs
        self.watch = PageWatch()

    def start(self):
        """QEMU with memory that we share, and our ends of its lines."""
        path = os.path.join(self.folder, "ram")
        size = self.options.memory
        self.options.qemu += [
            "-object", "memory-backend-file,id=ram,share=on,size="
            f"{size}{'M' if size.isdigit() else ''},mem-path={path}",
            "-machine", "memory-backend=ram"]
        self.process, self.console, self.raw, self.monitor = \
            self.run.start_qemu(self.options, self.folder)
        while not (os.path.exists(path) and os.path.getsize(path)):
            if self.process.poll() is not None:
                raise self.run.Failure(self.last_words())
            time.sleep(0.02)
        self.memory = LiveMemory(path)
        os.unlink(path)

    def stopper(self):
        """Starts the machine, which stands still until it is told to run."""
        path = os.path.join(self.folder, "gdb")
        self.options.qemu += stop.options(path)
        self.start()
        return stop.Stopper(path)

    def run_to(self, name, times):
        """Runs until the kernel calls a function for the so-many-th time."""
        if not self.stopper().run_to(self.known.symbols.address(name), times):
            raise self.run.Failure(f"the machine ended before {name} was "
                                   "called so often")

    def last_words(self):
        """What QEMU complained about, or how it ended."""
        with open(os.path.join(self.folder, "errors"),
                  errors="replace") as file:
            said = file.read().strip()
        return said or f"QEMU ended with status {self.process.returncode}"

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- The console

    def listen(self):
        loop = asyncio.get_running_loop()
        for source, handler in ((self.console, self.read_console),
                                (self.raw, self.read_raw)):
            source.setblocking(False)
            loop.add_reader(source, handler)

    def read_console(self):
        data = self.run.receive(self.console)
        if data == b"":
            asyncio.get_running_loop().remove_reader(self.console)
        if not data:
            return
        self.console_text += data
        del self.console_text[:-SCROLLBACK]
        for listener in self.listeners:
            listener(data)
        if self.typed and PROMPT.search(self.console_text[-80:]):
            typed, self.typed = self.typed, b""
            self.type(typed)

    def read_raw(self):
        if self.run.receive(self.raw) == b"":
            asyncio.get_running_loop().remove_reader(self.raw)

    def type(self, data):
        """Into the console; what its buffer does not take is lost, as it is
        on a real line."""
        try:
            self.console.send(data)
        except OSError:
            pass

    def messages(self):
        """The last lines of the console, without what moves a cursor."""
        text = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]|[\x00-\x09\x0b-\x1f]", b"",
                      bytes(self.console_text[-4096:]))
        return text.decode(errors="replace").split("\n")

    # -- How it fares

    def look(self):
        return Kernel(self.known, self.memory)

    def check(self):
        """Sets state (boots, runs, panicked, hangs, ended) and words."""
        if self.process.poll() is not None:
            code = self.process.returncode
            self.state = "ended"
            self.words = "the machine has ended" if code == 0 else \
                f"QEMU ended with status {code}"
            return
        kernel = self.look()
        try:
            if kernel.panicked():
                self.state = "panicked"
                self.words = "the kernel has panicked: see the console"
            elif kernel.ready():
                self.check_ticks(kernel)
        except Unreadable:
            pass

    def check_ticks(self, kernel):
        """A CPU whose tick does not come hangs."""
        now = time.monotonic()
        for cpu in kernel.cpus():
            if self.ticks.get(cpu.id, (None,))[0] != cpu.ticks:
                self.ticks[cpu.id] = cpu.ticks, now
        deaf = [f"CPU {number}" for number, (_, since) in
                sorted(self.ticks.items()) if now - since > HANG_TIME]
        self.state = "hangs" if deaf else "runs"
        if not deaf:
            self.words, self.places = "the machine runs", []
            return
        if not self.places:
            self.places = self.ask_places()
        self.words = "; ".join(
            [f"{' and '.join(deaf)}: no tick for {HANG_TIME} seconds"] +
            [line.strip() for line in self.places])

    def ask_places(self):
        """Where each CPU is, as QEMU's monitor and the symbols say."""
        program = os.path.join(self.options.build, "user/bin/notb")
        try:
            return whereabouts(Monitor(self.monitor), os.path.join(
                self.options.build, "colonel.elf"), program)
        except OSError:
            return ["where is not known"]

    def options_for(self, view):
        """What a view needs beside the memory."""
        if view == "processes":
            return {"messages": self.messages()}
        if view == "page":
            try:
                return self.watch.look(self.look(), self.memory)
            except (Missing, Unreadable):
                return {}
        return {}


class PageWatch:
    """Many quick looks at begin and end of the data page."""

    def __init__(self):
        self.looks = self.torn = 0
        self.anchor = None      # (host's ns, clock's ns) at an update seen
        self.last = None        # (host's ns, updates)

    def look(self, kernel, memory):
        lock = kernel.vvar().clocks[0].seq
        at = memory.offset(kernel.physical(lock._address))
        stop = time.perf_counter_ns() + int(LOOKS_TIME * 1e9)
        before, now = None, 0
        while now < stop:
            begin, end = struct.unpack_from("<II", memory.map, at)
            now = time.perf_counter_ns()
            self.looks += 1
            self.torn += begin != end
            if before is not None and end != before:
                self.anchor = now, monotonic(kernel.known, memory)
            before = end
        answer = {"looks": self.looks, "torn": self.torn}
        if self.last and now > self.last[0]:
            answer["rate"] = (before - self.last[1]) * 1e9 / (
                now - self.last[0])
        self.last = now, before
        if self.anchor:
            answer["now"] = self.anchor[1] + now - self.anchor[0]
        return answer


def monotonic(known, memory):
    """CLOCK_MONOTONIC at the last update, ns."""
    clocks = Kernel(known, memory).vvar().clocks[0]
    return clocks.sec[1] * 10**9 + (clocks.nsec[1] >> 32)
