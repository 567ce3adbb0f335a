"""What the page tables say, seen from outside: nobody can write the vDSO or
the data page from ring 3, nor the kernel its own text, in any process."""

import re
import subprocess

from machine import BEAST, BUILD, at_least, check, free_port, gdb, main

PROGRAM = "notb -w 1000 & notb -w 1000 & exec cat"
LIMIT = 240     # seconds


def wait_until_all_run(machine):
    """cat has echoed a line, and each watcher has printed one."""
    machine.stdin.write(b"ready\n")
    machine.stdin.flush()
    seen = b""
    while seen.count(BEAST) < 2 or b"ready\n" not in seen:
        line = machine.stdout.readline()
        if not line:
            raise RuntimeError(f"the machine has ended: {seen!r}")
        seen += line


def walk():
    """The lines of page_rights_gdb.py, by their first word."""
    port = free_port()
    machine = subprocess.Popen(
        ["tools/run", "-build", BUILD, "-timeout", str(LIMIT),
         "-qemu", f"-gdb tcp:127.0.0.1:{port}", "--", "sh", "-c", PROGRAM],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        wait_until_all_run(machine)
        output = gdb(f"{BUILD}/colonel.elf",
                     "-ex", f"target remote 127.0.0.1:{port}",
                     "-x", "tests/boot/page_rights_gdb.py")
    finally:
        machine.terminate()
        machine.wait()
    lines = re.findall(r"^([A-Z-]{4,}) (.*)$", output, re.M)
    if "Traceback" in output or not lines:
        raise RuntimeError(output[-1500:])
    return lines


def test_page_rights():
    lines = walk()
    found = {name: [rest for word, rest in lines if word == name]
             for name in {word for word, _ in lines}}
    processes = found.get("PROCESS", [])
    check("init, cat and two watchers are walked", len(processes), 4,
          at_least)
    watchers = [p for p in processes if p.startswith("notb")]
    check("a watcher maps the data page and the image once each",
          watchers, ["notb 1 1"] * 2)
    check("no process can write either", found.get("WRITABLE", []), [])
    check("no kernel page is writable and executable",
          found.get("WRITE-AND-EXECUTE", []), [])
    check("the image has no writable alias", found.get("IMAGE-ALIAS", []), [])
    check("nor have the kernel's text and constants",
          found.get("TEXT-ALIAS", []), [])
    check("ring 3 has no page of the kernel's", found.get("USER", []), [])
    check("nothing is left of the identity map", found["IDENTITY"], ["0"])


main(test_page_rights)
