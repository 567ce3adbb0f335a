#!/usr/bin/python3
"""Damaged libraries under the dynamic linker: the program runs, or is refused
with one sentence and 127, or crashes; it never hangs.

LDSO_FUZZ=N damages each of the three libraries N times (default 500). The seed
is fixed; a failure keeps its library and says where. What is damaged is what
the linker reads: headers, tables, pointers; not the code, which may well loop.
"""

import collections
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

from linking import LINKER, Failure, run_tests

ROUNDS = int(os.environ.get("LDSO_FUZZ", "500"))
HANG = 5                # seconds
EVIL = (0, 1, 2, 7, 8, 0x7f, 0xff, 0xfff, 0x1000, 0x7fff, 0xffff, 0x10000,
        0x7fffffff, 0x80000000, 0xffffffff, 1 << 32, 1 << 40, 1 << 47,
        (1 << 63) - 1, 1 << 63, (1 << 64) - 8, (1 << 64) - 1)
LIBRARY = """
static __thread long local = 20;
static int x = 21;
int *pointers[] = { &x, &x, &x, &x, &x, &x, &x, &x, &x };
static long zeros[1000];
static int *volatile up;
__attribute__((constructor)) static void begin(void) { up = pointers[8]; }
__attribute__((destructor)) static void end(void) { up = 0; }
static int two(void) { return 2; }
static void *choose(void) { return two; }
int chosen(void) __attribute__((ifunc("choose")));
int answer_1(void) { return *up + local - zeros[9]; }
int answer_2(void) { return *up + local + chosen() - 1; }
asm(".symver answer_1, answer@V1\\n.symver answer_2, answer@@V2");
"""
VERSIONS = "V1 { }; V2 { answer; chosen; pointers; } V1;"
PROGRAM = """
#include <stdio.h>
int answer(void);
int main(void) { printf("%d\\n", answer()); return 0; }
"""
STYLES = {
    "gnu": ("-Wl,--hash-style=gnu",),
    "sysv": ("-Wl,--hash-style=sysv", "-ftls-model=initial-exec"),
    "both": ("-Wl,--hash-style=both", "-Wl,--no-as-needed", "liba2.so"),
}


def headers(data):
    """(offset, size) of what is not code, the program headers' own first."""
    phoff, phnum = struct.unpack_from("<Q", data, 32)[0], data[56]
    places = [(0, 64), (phoff, 56 * phnum)]
    for i in range(phnum):
        kind, flags, offset, _, _, size = struct.unpack_from(
            "<IIQQQQ", data, phoff + 56 * i)
        if kind == 2:                   # PT_DYNAMIC: worth a place of its own
            places += [(offset, size)] * 3
        if kind == 1 and not flags & 1 and size:
            places.append((offset, size))
    return places


def damage(good, places, rng):
    """A copy with one to four fields overwritten, or with its end cut off."""
    data = bytearray(good)
    if rng.random() < 0.05:
        return bytes(data[:rng.randrange(len(data))])
    for _ in range(rng.randint(1, 4)):
        offset, size = rng.choice(places)
        width = rng.choice((1, 2, 4, 8))
        at = offset + rng.randrange(max(size // width, 1)) * width
        old = int.from_bytes(data[at:at + width], "little")
        value = rng.choice((rng.choice(EVIL), rng.randrange(2 * len(data)),
                            old + rng.choice((-8, -1, 1, 8, 24)),
                            old ^ 1 << rng.randrange(8 * width)))
        data[at:at + width] = (value % (1 << 8 * width)).to_bytes(
            width, "little")
    return bytes(data)


def limits():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 33))


def outcome(folder):
    """One word for what happened; None for what may not happen."""
    try:
        done = subprocess.run(
            ("./" + LINKER, "./p"), cwd=folder, timeout=HANG, check=False,
            env={"LD_LIBRARY_PATH": "."}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limits)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode < 0:
        return "crashed"
    if done.returncode == 127:
        sentence = done.stderr
        return "refused" if sentence.endswith(b"\n") and \
            sentence.startswith(LINKER.encode() + b": ") else None
    return "ran" if done.stdout == b"42\n" else "ran wrongly"


def fuzz(t, style):
    with open(t.file("script"), "w", encoding="ascii") as file:
        file.write(VERSIONS)
    t.library("liba2.so", "int second(void) { return 1; }")
    t.library("liba.so", LIBRARY, "-Wl,--version-script,script",
              *STYLES[style])
    t.program("p", PROGRAM, "liba.so")
    t.prints("42\n", "p")
    good = open(t.file("liba.so"), "rb").read()
    places, rng = headers(good), random.Random(style)
    counts = collections.Counter()
    for number in range(ROUNDS):
        with open(t.file("liba.so"), "wb") as file:
            file.write(damage(good, places, rng))
        end = outcome(t.path)
        counts[end] += 1
        if end is None:
            kept = shutil.copytree(t.path, tempfile.mkdtemp() + "/hang")
            raise Failure(f"library {number} hangs or is refused without a "
                          f"sentence: see {kept}")
    print("#", style, ", ".join(f"{n} {end}" for end, n in
                                counts.most_common()))


def test_gnu_hash(t):
    fuzz(t, "gnu")


def test_sysv_hash(t):
    fuzz(t, "sysv")


def test_both_hashes(t):
    fuzz(t, "both")


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
