#!/usr/bin/python3
"""The article's programs on the host's Linux, with Colonel's vDSO put in the
place of Linux's where a test needs it (with_vdso.c), under both loaders."""

import os
import re
import shutil
import sys

from linking import (BUILD, ROOT, Failure, command, expect, expect_in,
                     run_tests, skip)

OURS = f"{BUILD}/vdso.so"
BEAST = "His number is 666\n"
PATCHED = "His number is 42\n"
UNKNOWN = "This kernel does not know his number\n"


def variant(t, name):
    """The vdso.so of a variant of this tree."""
    command(f"{ROOT}/tools/variant", name, t.file(name), "vdso")
    return t.file(f"{name}/vdso.so")


def shipped(t, *names):
    for name in names:
        if not os.path.exists(f"{BUILD}/article/{name}"):
            skip(f"this host cannot build {name}")
        shutil.copy(f"{BUILD}/article/{name}", t.path)


def glibc_refuses(t, sentence, **options):
    status, out, err = t.run("notb", linker=False, **options)
    expect("status, output", (status, out), (127, ""))
    expect_in("stderr", err, sentence)


# ---- gcc notb.c -o notb vdso.so ----------------------------------------------

def test_notb_by_our_linker(t):
    shipped(t, "notb-dynamic")
    t.prints(BEAST, "notb-dynamic", vdso=OURS)


def test_notb_by_glibc(t):
    shipped(t, "notb")
    t.prints(BEAST, "notb", vdso=OURS, linker=False)


def test_bound_to_the_vdso(t):
    """Both loaders say so in the same words."""
    shipped(t, "notb-dynamic", "notb")
    for name, linker in (("notb-dynamic", True), ("notb", False)):
        _, out, err = t.run(name, linker=linker, vdso=OURS,
                            LD_DEBUG="bindings", LD_BIND_NOW="1")
        expect("output", out, BEAST)
        expect_in("bindings", err,
                  f"\tbinding file ./{name} [0] to linux-vdso.so.1 [0]: normal "
                  "symbol `number_of_the_beast' [LINUX_2.6]\n")


def test_linked_with_42_prints_666(t):
    """The kernel's function runs, whatever the file's does."""
    shutil.copy(variant(t, "answer-42"), t.file("vdso.so"))
    source = open(f"{ROOT}/user/article/notb.c", encoding="ascii").read()
    t.program("p", source, "vdso.so")
    t.prints(BEAST, "p", vdso=OURS)
    command("gcc", f"{ROOT}/user/article/notb.c", "-o", "notb", "vdso.so",
            folder=t.path)
    t.prints(BEAST, "notb", vdso=OURS, linker=False)


def test_kernel_with_42(t):
    """The old programs print what the new kernel says."""
    shipped(t, "notb-dynamic", "notb")
    changed = variant(t, "answer-42")
    t.prints(PATCHED, "notb-dynamic", vdso=changed)
    t.prints(PATCHED, "notb", vdso=changed, linker=False)


def test_kernel_with_the_constant(t):
    shipped(t, "notb-dynamic")
    t.prints(BEAST, "notb-dynamic", vdso=variant(t, "constant"))


def test_linux_lacks_the_function(t):
    """An older kernel: one sentence, or the weak program's own answer."""
    shipped(t, "notb-dynamic", "notb-weak", "notb")
    sentence = "undefined symbol: number_of_the_beast, version LINUX_2.6"
    t.refused(f"./notb-dynamic: {sentence}\n", "notb-dynamic")
    expect("weak", t.run("notb-weak"), (1, UNKNOWN, ""))
    glibc_refuses(t, sentence, LD_BIND_NOW="1")


def test_no_vdso(t):
    """vdso=0 on the kernel's command line."""
    shipped(t, "notb-dynamic", "notb-weak", "notb")
    t.refused("undefined symbol: number_of_the_beast", "notb-dynamic",
              vdso="none")
    expect("weak", t.run("notb-weak", vdso="none"), (1, UNKNOWN, ""))
    glibc_refuses(t, "linux-vdso.so.1", vdso="none")


def test_weak_with_the_function(t):
    shipped(t, "notb-weak")
    t.prints(BEAST, "notb-weak", vdso=OURS)


def test_time_from_linux(t):
    """The real vDSO of this kernel, called through our linker's binding."""
    t.program("p", """
#include <stdio.h>
int clock_gettime(int, long *);
int main(void)
{
	long a[2], b[2];
	clock_gettime(1, a);
	clock_gettime(1, b);
	printf("%d\\n", a[0] > 0 && (b[0] > a[0] || b[1] >= a[1]));
	return 0;
}""", "vdso.so")
    t.prints("1\n", "p")


# ---- Listing 1 ---------------------------------------------------------------

def own_vdso():
    """The bytes of this process's [vdso]: the same in all processes."""
    with open("/proc/self/maps", encoding="ascii") as maps:
        found = re.search(r"^(\w+)-(\w+) .*\[vdso\]$", maps.read(), re.M)
    if not found:
        skip("no vDSO here")
    start, end = (int(number, 16) for number in found.groups())
    with open("/proc/self/mem", "rb") as memory:
        memory.seek(start)
        return memory.read(end - start)


def extract(t, name):
    shipped(t, name)
    expected = own_vdso()
    status, out, err = t.run(name, "out.so", "[vdso]", linker=False)
    expect("status, errors", (status, err), (0, ""))
    found = re.fullmatch(r"Start: 0x(\w+)\nEnd:   0x(\w+)\nBytes: (\d+)\n", out)
    if not found:
        raise Failure(f"printed {out!r}")
    start, end = (int(found[i], 16) for i in (1, 2))
    expect("bytes", (end - start, int(found[3])), (len(expected),) * 2)
    expect("the file", open(t.file("out.so"), "rb").read() == expected, True)
    expect_in("objdump -T", command("objdump", "-T", t.file("out.so")),
              "LINUX_2.6   __vdso_clock_gettime")
    listed = command("readelf", "-a", t.file("out.so"))
    expect("readelf's complaints", re.findall(r".*(?:Error|Warning).*",
                                              listed), [])


def test_extract_vdso_musl(t):
    extract(t, "extract_vdso-musl")


def test_extract_vdso_glibc(t):
    extract(t, "extract_vdso-glibc")


def test_extract_vdso_errors(t):
    """The messages of the listing."""
    shipped(t, "extract_vdso-glibc")
    name = "extract_vdso-glibc"
    expect("no arguments", t.run(name, linker=False), (1, "", (
        f"Usage: ./{name} <file> <string>\n"
        "\t<file>:   File to write the vdso data to.\n"
        "\t<string>: Name of the mapped in region, e.g. vdso\n")))
    expect("no folder", t.run(name, "none/x", "[vdso]", linker=False), (
        1, "", "Error: fopen() - output file: No such file or directory\n"))
    expect("no region", t.run(name, "x", "[none]", linker=False), (
        1, "", "Error: no region named [none]\n"))


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
