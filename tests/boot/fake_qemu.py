#!/usr/bin/python3
"""Stands in for QEMU and the guest: obeys tools/run's orders on the host.

Speaks init's side of the frame protocol on the inherited sockets and runs the
program here. $FAKE chooses how it misbehaves.
"""

import os
import re
import subprocess
import sys
import threading
import time
from socket import socket


def read_cpio(data):
    """The files of a cpio archive, path to content."""
    files, position = {}, 0
    while True:
        fields = [int(data[position + 6 + 8 * i:position + 14 + 8 * i], 16)
                  for i in range(13)]
        name_end = position + 110 + fields[11]
        name = os.fsdecode(data[position + 110:name_end - 1])
        if name == "TRAILER!!!":
            return files
        start = name_end + 3 & ~3
        files["/" + name] = data[start:start + fields[6]]
        position = start + fields[6] + 3 & ~3


def strings(data):
    return [os.fsdecode(word) for word in data.split(b"\0")[:-1]]


def feed(line, target):
    """The host's I frames into the program's input, lost if it has ended."""
    source = line.makefile("rb")
    for header in source:
        data = source.read(int(header.split()[1]))
        if not data:
            os.close(target)
            return
        try:
            while data:
                data = data[os.write(target, data):]
        except BrokenPipeError:
            pass


def relay(line, lock, kind, source):
    while True:
        data = os.read(source.fileno(), 5000)
        if not data:
            return
        with lock:
            line.sendall(b"%s %d\n" % (kind, len(data)) + data)


def run_program(line, argv):
    """Runs it and sends what it prints; its wait status."""
    input_end, target = os.pipe()
    with subprocess.Popen(argv, stdin=input_end, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as program:
        os.close(input_end)
        lock = threading.Lock()
        threading.Thread(target=feed, args=(line, target),
                         daemon=True).start()
        outputs = [threading.Thread(target=relay, args=(line, lock, *stream))
                   for stream in ((b"O", program.stdout),
                                  (b"E", program.stderr))]
        for thread in outputs:
            thread.start()
        for thread in outputs:
            thread.join()
    if program.returncode < 0:
        return -program.returncode
    return program.returncode << 8


def send_files(line, files, wanted):
    for path in wanted:
        if path in files:
            line.sendall(b"F %d %s\n" % (len(files[path]), os.fsencode(path))
                         + files[path])
        else:
            line.sendall(b"f 0 %s\n" % os.fsencode(path))


def misbehave(how, console, line):
    """What the guest says first; does not return from the worse kinds."""
    if how == "crash-early":
        sys.exit(0)
    if how == "qemu-fails":
        sys.exit("fake-qemu: bad option")
    greeting = {"noise": b"firmware\r\nnoise R 1\n", "version": b"R 2\n"}
    line.sendall(greeting.get(how, b"R 1\n"))
    if how == "crash":
        console.sendall(b"\r\nlast words\r\n")
        sys.exit(0)
    if how == "panic":
        console.sendall(b"\r\npanic: all is lost\r\n")
    if how == "no-frame":
        line.sendall(b"Q 5\nhello")
    if how in ("hang", "panic", "no-frame"):
        time.sleep(100)


def main():
    words = " ".join(sys.argv)
    descriptors = dict(re.findall(r"id=(\w+),fd=(\d+)", words))
    console = socket(fileno=int(descriptors["console"]))
    line = socket(fileno=int(descriptors["raw"]))
    console.sendall(b"booting\r\n")
    linux = re.search(r"-kernel /vmlinuz -initrd (\S+) -append", words)
    path = re.search(r"opt/colonel/initrd,file=(\S+)", words)[1]
    with open(linux[1] if linux else path, "rb") as file:
        files = read_cpio(file.read()[-os.path.getsize(path):])
    if linux and not {"/dev/console", "/dev/ttyS1"} <= set(files):
        sys.exit("fake-qemu: Linux makes no devices by itself")
    misbehave(os.environ.get("FAKE", ""), console, line)
    status = run_program(line, strings(files["/etc/run"]))
    send_files(line, files, strings(files.get("/etc/get", b"")))
    line.sendall(b"X %d\n" % status)


if __name__ == "__main__":
    main()
