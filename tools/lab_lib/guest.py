"""Machines for graders: a program run by tools/run, and a machine that stands
still at a place of a program, to be looked at from outside by gdb's protocol.

Each run is deterministic (tools/run -deterministic) and has a limit in the
guest's own time; the limit in the host's is wide, and only there for hangs.
"""

import os
import re
import socket
import struct
import subprocess
import tempfile
import time

GUEST_LIMIT = 20        # seconds of the guest's
WALL_LIMIT = 60         # seconds of the host's, which may be busy
LONGEST = 1 << 20       # bytes kept of what a machine prints
PACKET = 0x400          # bytes of memory asked for at once
USER, WRITE, PRESENT, LARGE, NX = 4, 2, 1, 1 << 7, 1 << 63
ADDRESS = 0x000ffffffffff000
KERNEL_OFFSET = 0xffffffff80000000
FRAMES = (255 << 20) // 4096            # all but the last of 256 MiB
FRAME_TABLE = 0xffffea0000000000        # kernel/mm/layout.h


class Broken(Exception):
    """The machine did not get where the point looks; what it said instead."""


class Ended:
    """How a run ended: status, output and errors as text."""

    def __init__(self, status, output, errors):
        self.status = status
        self.output = output.decode(errors="replace")
        self.errors = errors.decode(errors="replace")

    def story(self):
        """For a report: what came out, and what the kernel said."""
        return f"exit status {self.status}\n{self.output}{self.errors}".strip()


def symbols(path):
    """{name: address} of an ELF file."""
    listing = subprocess.run(["nm", path], check=True,
                             stdout=subprocess.PIPE).stdout.decode()
    return {name: int(address, 16) for address, name in
            re.findall(r"^(\w+) \w (\S+)$", listing, flags=re.M)}


def read_limited(pipe, name):
    """What a file holds, without its middle if that is long."""
    size = os.fstat(pipe.fileno()).st_size
    pipe.seek(0)
    if size <= LONGEST:
        return pipe.read()
    start = pipe.read(LONGEST // 2)
    pipe.seek(size - LONGEST // 2)
    return start + f"\n[{name}: {size} bytes]\n".encode() + pipe.read()


def command(build, words, deterministic=True, limit=GUEST_LIMIT,
            wall=WALL_LIMIT):
    return ["tools/run", "-build", build, "-timeout", str(wall),
            "-limit", str(limit),
            *(["-deterministic"] if deterministic else []), *words]


def run(build, *words, **options):
    """A program's whole run; words are as for tools/run."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with subprocess.Popen(command(build, words, **options),
                              stdin=subprocess.DEVNULL, stdout=out,
                              stderr=err) as process:
            try:
                status = process.wait(WALL_LIMIT + 30)
            except subprocess.TimeoutExpired:
                process.kill()
                status = 255
        return Ended(status, read_limited(out, "output"),
                     read_limited(err, "errors"))


class Stub:
    """gdb's remote protocol: the few words of it that a grader needs."""

    def __init__(self, path, process):
        self.line = socket.socket(socket.AF_UNIX)
        self.inbox = b""
        self.line.settimeout(WALL_LIMIT)
        end = time.monotonic() + WALL_LIMIT
        while True:
            try:
                self.line.connect(path)
                return
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    raise Broken("the emulator did not start") from None
                time.sleep(0.02)

    def send(self, text):
        data = text.encode()
        self.write(b"$%s#%02x" % (data, sum(data) & 0xff))

    def write(self, data):
        try:
            self.line.sendall(data)
        except OSError:
            pass                # receive() will see that nobody is there

    def receive(self):
        """The next packet; raises Broken when the machine is gone."""
        while True:
            found = re.search(rb"\$([^#]*)#..", self.inbox, re.S)
            if found:
                self.inbox = self.inbox[found.end():]
                self.write(b"+")
                return found[1].decode(errors="replace")
            try:
                piece = self.line.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                raise Broken("the machine ended before it got there")
            self.inbox += piece

    def ask(self, text):
        self.send(text)
        return self.receive()

    def monitor(self, words):
        """What QEMU's monitor answers."""
        answer = ""
        reply = self.ask("qRcmd," + words.encode().hex())
        while reply.startswith("O") and reply != "OK":
            answer += bytes.fromhex(reply[1:]).decode(errors="replace")
            reply = self.receive()
        return answer


class Machine:
    """A machine that runs a program and stops where it is told to.

        with Machine(build, "-add", file, "name") as machine:
            machine.run_to(address)
    """

    def __init__(self, build, *words, **options):
        self.build, self.words, self.options = build, words, options
        self.kernel = symbols(f"{build}/colonel.elf")

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lab-")
        path = f"{self.folder.name}/gdb"
        self.out = open(f"{self.folder.name}/out", "w+b")
        self.err = open(f"{self.folder.name}/err", "w+b")
        self.process = subprocess.Popen(
            command(self.build,
                    ["-qemu", f"-S -gdb unix:{path},server=on,wait=off",
                     *self.words], **self.options),
            stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err)
        self.points = set()
        try:
            self.stub = Stub(path, self.process)
            self.stub.ask("qSupported")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.out.close()
        self.err.close()
        self.folder.cleanup()

    def run_to(self, *places, times=1):
        """Goes on until one of the addresses is executed: which one."""
        for _ in range(times):
            self.leave_place()
            for place in places:
                self.stub.ask(f"Z1,{place:x},1")
            self.points = set(places)
            self.go_on()
        return self.register("RIP")

    def go_on(self):
        """Until the machine stops; raises Broken if it ends instead."""
        self.stub.send("c")
        try:
            answer = self.stub.receive()
            while not answer.startswith(("T", "S", "W", "X")):
                answer = self.stub.receive()
        except Broken:
            answer = "W"
        if answer.startswith(("W", "X")):
            raise Broken(self.end().story())

    def leave_place(self):
        """One instruction on from a stop, with no stops set."""
        for place in self.points:
            self.stub.ask(f"z1,{place:x},1")
        if self.points:
            self.stub.ask("s")
        self.points = set()

    def end(self):
        """Lets the program run to its end without stops."""
        try:
            self.leave_place()
            self.stub.send("D")
            self.stub.receive()
        except (Broken, OSError):
            pass
        try:
            status = self.process.wait(WALL_LIMIT + 30)
        except subprocess.TimeoutExpired:
            status = 255
        return Ended(status, read_limited(self.out, "output"),
                     read_limited(self.err, "errors"))

    def registers(self):
        text = self.stub.monitor("info registers")
        return {name: int(value, 16) for name, value in
                re.findall(r"\b(\w+) *= *([0-9a-f]+)", text)}

    def register(self, name):
        return self.registers()[name]

    def read(self, address, size, physical=False):
        """Memory as the CPU sees it now, or by its physical address."""
        self.stub.ask(f"Qqemu.PhyMemMode:{int(physical)}")
        data = b""
        while len(data) < size:
            count = min(PACKET, size - len(data))
            answer = self.stub.ask(f"m{address + len(data):x},{count:x}")
            if answer.startswith("E") or not answer:
                raise Broken(f"there is no memory at {address:#x}")
            data += bytes.fromhex(answer)
        return data

    def write(self, address, data):
        self.stub.ask("Qqemu.PhyMemMode:0")
        if self.stub.ask(f"M{address:x},{len(data):x}:{data.hex()}") != "OK":
            raise Broken(f"cannot write to {address:#x}")

    def word(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]

    def frame_references(self):
        """How many users each frame of RAM has: the first word of each entry
        of the frame table (struct frame), read in one go."""
        path = f"{self.folder.name}/frames"
        said = self.stub.monitor(f'memsave {FRAME_TABLE:#x} {8 * FRAMES} '
                                 f'"{path}"')
        if said:
            raise Broken(f"the frame table cannot be read: {said}")
        with open(path, "rb") as file:
            return struct.unpack(f"<{2 * FRAMES}I", file.read())[::2]

    def pages(self, root=None):
        """(address, physical address, may write, may execute) of each page
        that ring 3 can see, from the page tables themselves."""
        yield from self.walk(root or self.register("CR3"), 3, 0,
                             WRITE | USER, 0)

    def walk(self, table, level, address, rights, nx):
        table &= ADDRESS
        entries = struct.unpack("<512Q", self.read(table, 4096, True))
        for index, entry in enumerate(entries[:256 if level == 3 else 512]):
            if not entry & PRESENT:
                continue
            span = 4096 << 9 * level
            here = address + index * span
            both, no_exec = rights & entry, nx | entry & NX
            if level == 0 or entry & LARGE and level < 3:
                if both & USER:
                    yield (here, entry & ADDRESS & -span,
                           bool(both & WRITE), not no_exec)
            else:
                yield from self.walk(entry, level - 1, here, both, no_exec)

    def page_of(self, symbol):
        """The physical address of what the kernel's image has."""
        return self.kernel[symbol] - KERNEL_OFFSET
