"""The kernel with parts left out: the core alone runs what it is there for,
each part can be left out singly, and each stands on the core with what it
needs. Guest tests say themselves which parts they need."""

import glob
import os
import re
import shlex
import subprocess
import sys

from machine import BEAST, BUILD, check, contains, main, tools_run

LEFT_OUT = f"{BUILD}/parts-left-out"    # one folder: objects are compiled once
ALL = open(f"{BUILD}/parts", encoding="utf-8").readline().split()
SCRIPT = """
echo one two > /tmp/a; cat < /tmp/a >> /tmp/b; cat /tmp/b
seq 1 100 | sort -n | tail -n 1
for i in 1 2 3; do echo $i; done | wc -l
(sleep 1; echo late) & wait; echo done
ls /bin/notb; mkdir /tmp/d && cd /tmp/d && pwd; false || echo status $?
"""
ANSWERS = b"one two\n100\n3\nlate\ndone\n/bin/notb\n/tmp/d\nstatus 1\n"
# What a guest test prints for each of its results.
FAILED = re.compile(r"^not ok .*", re.M)


def make(parts, *targets):
    """Links the kernel with these parts into LEFT_OUT; None, or the errors."""
    done = subprocess.run(
        ["make", "-j2", "--no-print-directory", f"BUILD={LEFT_OUT}",
         f"OPTIONAL={' '.join(parts)}", *targets], check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout[-1500:] if done.returncode else None


def kernel(parts):
    return make(parts, f"{LEFT_OUT}/colonel.elf", f"{LEFT_OUT}/initrd.cpio")


def run(*words, **options):
    return tools_run("-build", LEFT_OUT, *words, **options)


def without(part):
    """All parts that do not need this one."""
    with open("Makefile", encoding="utf-8") as file:
        needs = dict(re.findall(r"^needs_(\w+) *:= *(.*)$", file.read(), re.M))
    out, before = {part}, set()
    while out != before:
        before = set(out)
        out |= {p for p in ALL if set(needs.get(p, "").split()) & out}
    return [p for p in ALL if p not in out]


def test_core():
    check("the core is linked", kernel([]), None)
    check("notb", run("notb").stdout, BEAST + b"\n")
    for program in ("notb-dynamic", "notb-weak", "notb-glibc"):
        if os.path.exists(f"{LEFT_OUT}/root/bin/{program}"):
            check(program, run(program).stdout, BEAST, contains)
    for kind in ("musl", "glibc"):
        path = f"{BUILD}/article/extract_vdso-{kind}"
        if os.path.exists(path):
            check(f"a static {kind} program starts",
                  run("-add", f"{path}:/bin/x", "x", "no").returncode < 128,
                  True)
    check("a shell's script: pipes, redirection, background, sleep",
          run("-qemu", "-icount shift=3,sleep=off", "sh", "-c",
              SCRIPT).stdout, ANSWERS)


def test_guest_tests_of_the_core():
    """Those that name no part."""
    if kernel([]):
        return
    for path in sorted(glob.glob("tests/guest/*.c")):
        name = os.path.basename(path)[:-2]
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if re.search(r"\bneeds: *\w", text):
            continue
        wish = re.search(r"tools/run: *(-.*?) *(?:\*/|\n)", text)
        done = run(*(shlex.split(wish[1]) if wish else []), "-add",
                   f"{BUILD}/tests/guest/{name}", "--", name)
        check(f"guest/{name} on the core",
              (done.returncode, FAILED.findall(done.stdout.decode())), (0, []))


def test_each_left_out():
    for part in ALL:
        check(f"linked without {part}", kernel(without(part)), None)
        check(f"boots without {part}", run("notb").stdout, BEAST + b"\n")


def test_each_alone():
    for part in ALL:
        check(f"linked with {part} alone", kernel([part]), None)
        check(f"boots with {part} alone", run("notb").stdout, BEAST + b"\n")


def test_unknown():
    check("a part that there is not is refused", make(["nothing"], "all") or "",
          "there is no part", contains)


if __name__ == "__main__":
    main(*([globals()[f"test_{name}"] for name in sys.argv[1:]] or
           [test_core, test_guest_tests_of_the_core, test_each_left_out,
            test_each_alone, test_unknown]))
