"""A machine with a screen to read and a keyboard to type on, by way of QEMU's
monitor: what a person at the window sees and does."""

import re
import socket
import subprocess
import tempfile
import time

from machine import BUILD, PATIENCE

UEFI = "/usr/share/ovmf/OVMF.fd"
# busybox since 1.36 calls /root "~".
PROMPT = r"colonel:(/root|~)#"
COLUMNS, ROWS = 80, 25          # of a VGA text screen
GLYPH = (8, 16)

# sendkey's names of what is not a letter or a digit.
KEYS = {" ": "spc", "\n": "ret", "/": "slash", "-": "minus", ".": "dot",
        "=": "equal", ";": "semicolon", ",": "comma", "'": "apostrophe",
        "$": "shift-4", "(": "shift-9", ")": "shift-0", "*": "shift-8",
        ">": "shift-dot", "|": "shift-backslash", ":": "shift-semicolon",
        "_": "shift-minus", "!": "shift-1", "+": "shift-equal"}
ESCAPE_TIME = 0.3       # seconds until a lone Esc is not the start of more


def read_font():
    """The picture of each character, as 16 numbers, to the character."""
    with open(f"{BUILD}/font.asm", encoding="utf-8") as file:
        rows = [tuple(int(word, 16) for word in line.split(None, 1)[1]
                      .split(", "))
                for line in file if line.startswith("\tdb ")]
    return {picture: chr(code) for code, picture in
            reversed(list(enumerate(rows))) if 32 <= code < 127}


class Screen:
    """QEMU without a window; its serial ports go to files."""

    def __init__(self, *options):
        self.folder = tempfile.TemporaryDirectory(prefix="colonel-")
        self.path = self.folder.name
        self.qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-cpu", "max", "-m", "256", "-net", "none",
             "-no-reboot", "-display", "none",
             "-serial", f"file:{self.path}/serial",
             "-monitor", f"unix:{self.path}/monitor,server=on,wait=off",
             *options], stdin=subprocess.DEVNULL)
        self.line, self.font = None, None

    def __enter__(self):
        deadline = time.monotonic() + PATIENCE
        self.line = socket.socket(socket.AF_UNIX)
        self.line.settimeout(PATIENCE)
        while self.line.connect_ex(f"{self.path}/monitor"):
            if time.monotonic() > deadline or self.qemu.poll() is not None:
                raise RuntimeError("QEMU does not start")
            time.sleep(0.02)
        self.answer()
        return self

    def __exit__(self, *_):
        if self.line:
            self.line.close()
        if self.qemu.poll() is None:
            self.qemu.kill()
        self.qemu.wait()
        self.folder.cleanup()

    def answer(self):
        text = b""
        while not text.endswith(b"(qemu) "):
            piece = self.line.recv(65536)
            if not piece:
                raise RuntimeError("QEMU has ended")
            text += piece
        return text

    def monitor(self, command):
        self.line.sendall(command.encode() + b"\n")
        return self.answer()

    def serial(self):
        with open(f"{self.path}/serial", encoding="utf-8",
                  errors="replace") as file:
            return file.read()

    def serial_lines(self):
        return self.serial().splitlines()

    def wait_end(self):
        """QEMU's exit status, once it has ended by itself."""
        return self.qemu.wait(PATIENCE)

    # ---- The keyboard ----

    def press(self, *names):
        for name in names:
            self.monitor(f"sendkey {name} 20")
            time.sleep(ESCAPE_TIME if name == "esc" else 0.04)

    def type(self, text):
        for c in text:
            self.press(KEYS.get(c) or (f"shift-{c.lower()}" if c.isupper()
                                       else c))

    # ---- The screen ----

    def text(self):
        """What a VGA text screen shows: lines without blanks at the end."""
        self.monitor(f'pmemsave 0xb8000 {COLUMNS * ROWS * 2} '
                     f'"{self.path}/vga"')
        with open(f"{self.path}/vga", "rb") as file:
            data = file.read()[::2].decode("cp437")
        return [data[i:i + COLUMNS].rstrip()
                for i in range(0, len(data), COLUMNS)]

    def pixels(self):
        """What a framebuffer shows, read back by the font's pictures."""
        self.font = self.font or read_font()
        self.monitor(f"screendump {self.path}/screen")
        with open(f"{self.path}/screen", "rb") as file:
            data = file.read()
        head = re.match(rb"P6\s(\d+) (\d+)\s255\s", data)
        width, height = int(head[1]), int(head[2])
        lit = data[head.end() + 1::3]           # green is in all but blue
        return [self.read_line(lit, width, y).rstrip()
                for y in range(0, height - GLYPH[1] + 1, GLYPH[1])]

    def read_line(self, lit, width, y):
        line = ""
        if not any(lit[y * width:(y + GLYPH[1]) * width]):
            return line
        for x in range(0, width, GLYPH[0]):
            picture = tuple(
                sum(0x80 >> i for i in range(GLYPH[0])
                    if lit[(y + j) * width + x + i]) for j in range(GLYPH[1]))
            line += self.font.get(picture, " ")     # " ": the cursor
        return line

    def wait(self, read, pattern):
        """Reads the screen until a line matches; the lines, or the last ones
        that were seen when there is none."""
        deadline = time.monotonic() + PATIENCE
        while True:
            lines = read()
            if any(re.search(pattern, line) for line in lines) or \
                    time.monotonic() > deadline:
                return lines
            time.sleep(0.1)
