"""Asks QEMU's monitor where each CPU of a machine is, for tools/run.

The machine runs on meanwhile: nothing in it helps. Names come from the
kernel's symbols and, in ring 3, from the program's.
"""

import bisect
import re
import subprocess

PROMPT = b"(qemu) "
ANSWER_TIME = 5         # seconds: QEMU answers at once, or it is stuck itself
DEEPEST = 12            # calls of a backtrace
KERNEL = 0xffffffff80000000
IDLE = "sched_idle"     # the function that waits for something to do


class Monitor:
    """QEMU's monitor at our end of a socket."""

    def __init__(self, line):
        self.line = line
        self.line.settimeout(ANSWER_TIME)
        try:
            self.until_prompt()         # its greeting
        except OSError:
            pass                        # then no command is answered either

    def ask(self, command):
        """What the monitor prints to a command, or "": no answer."""
        try:
            self.line.sendall(command.encode() + b"\n")
            answer = self.until_prompt()
        except OSError:
            return ""
        return answer.decode(errors="replace").replace("\r", "") \
            .partition("\n")[2]            # without the echo of the command

    def until_prompt(self):
        """The echo of the last command, its answer and the next prompt."""
        answer = b""
        while not answer.endswith(PROMPT):
            piece = self.line.recv(65536)
            if not piece:
                break
            answer += piece
        return answer

    def cpus(self):
        """The registers of each CPU that the report needs, as a dictionary."""
        found = re.split(r"CPU#(\d+)\n", self.ask("info registers -a"))
        return [dict({name: int(value, 16) for name, value in
                      re.findall(r"\b(RIP|RBP|CPL|HLT) ?=([0-9a-f]+)", text)},
                     number=int(number))
                for number, text in zip(found[1::2], found[2::2])]

    def words(self, cpu, address, count):
        """64-bit words of memory as a CPU sees it; fewer where it is not."""
        self.ask(f"cpu {cpu}")
        return [int(word, 16) for word in re.findall(
            r"\b0x([0-9a-f]{16})\b", self.ask(f"x /{count}gx {address:#x}"))]


class Symbols:
    """Names of addresses, from a list that nm has printed."""

    def __init__(self, listing):
        rows = (line.split() for line in listing.splitlines())
        self.rows = sorted((int(row[0], 16), row[2]) for row in rows
                           if len(row) == 3 and row[1] in "tTwW")

    def name(self, address):
        at = bisect.bisect(self.rows, (address, "\x7f")) - 1
        if at < 0 or address - self.rows[at][0] > 1 << 16:
            return f"{address:#x}"
        return f"{self.rows[at][1]}+{address - self.rows[at][0]:#x}"


def read_symbols(path):
    """A kernel's or a program's; none where there is no such file."""
    done = subprocess.run(["nm", path], stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.DEVNULL, text=True)
    return Symbols(done.stdout)


def backtrace(monitor, cpu, symbols):
    """The calls that led a CPU to where it is in the kernel."""
    names, frame = [symbols.name(cpu["RIP"])], cpu["RBP"]
    while frame > KERNEL - (1 << 47) and len(names) < DEEPEST:
        words = monitor.words(cpu["number"], frame, 2)
        if len(words) < 2 or words[1] < KERNEL:
            break
        names.append(symbols.name(words[1]))
        frame = words[0]
    return names


def whereabouts(monitor, kernel, program):
    """Lines that say where each CPU is. `kernel` and `program` are paths of
    ELF files; the program's may be wrong, then its addresses stay numbers."""
    symbols, lines = read_symbols(kernel), []
    for cpu in monitor.cpus():
        title = f"CPU {cpu['number']}:"
        if cpu.get("CPL") == 3:
            name = read_symbols(program).name(cpu["RIP"])
            lines.append(f"{title} in ring 3, at {name}")
            continue
        if "RIP" not in cpu:
            lines.append(f"{title} not started")
            continue
        names = backtrace(monitor, cpu, symbols)
        if cpu.get("HLT") or names[0].startswith(IDLE):
            lines.append(f"{title} idle: nothing is ready to run on it")
        else:
            lines.append(f"{title} in the kernel, at {names[0]}")
            lines += [f"         called from {name}" for name in names[1:]]
    return lines or ["QEMU does not say where its CPUs are"]
