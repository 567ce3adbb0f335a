"""A machine that stops at a function of its kernel: for pictures that are the
same each time. Speaks the little of gdb's protocol that this takes."""

import socket
import time

# Time by instructions, no chance: a run repeats to the instruction.
REPEATABLE = ["-icount", "shift=0,sleep=off", "-seed", "7",
              "-rtc", "base=2026-01-01,clock=vm"]
PATIENCE = 300          # seconds: the host may be busy


def options(path):
    """QEMU's, for a machine that waits for us at the socket `path`."""
    return [*REPEATABLE, "-S", "-chardev",
            f"socket,id=gdb,path={path},server=on,wait=off",
            "-gdb", "chardev:gdb"]


class Stopper:
    """The other end of the socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        for _ in range(200):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.input = b""

    def run_to(self, address, times):
        """Goes on until the address has been reached so often."""
        self.ask(f"Z1,{address:x},1")
        for count in range(times):
            if count:
                self.ask("s")           # past it: else it stops here again
            answer = self.ask("c")
            if not answer.startswith(("T", "S")):
                return False
        return True

    def ask(self, command):
        """A packet, and the answer to it; "" when the machine has ended."""
        packet = command.encode()
        self.socket.sendall(b"$%s#%02x" % (packet, sum(packet) & 255))
        while True:
            start, end = self.input.find(b"$"), self.input.find(b"#")
            if start >= 0 and end > start and len(self.input) >= end + 3:
                answer = self.input[start + 1:end]
                self.input = self.input[end + 3:]
                self.socket.sendall(b"+")
                return answer.decode()
            more = self.socket.recv(4096)
            if not more:
                return ""
            self.input += more
