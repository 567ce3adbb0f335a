#!/usr/bin/python3
"""Builds mutants and sees each caught; prints TAP.

    tests/variants/mutant.py NAME...

A mutant is tests/variants/mutant-NAME.patch: a line made wrong, and above the
patch the host test that must fail because of it, "Caught by: TEST", or "linker"
where the link, or tools/vdso-check after it, must, or "panic: SENTENCE"
that a machine with ASSERT=1 must end with.  All with NAME "all".
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TIME_LIMIT = 60         # of the test; an endless loop is a way of being caught


def build(name, test, folder):
    """None, or why the mutant cannot be built."""
    targets = [f"{folder}/vdso.so"]
    if test == "panic":
        targets = ["ASSERT=1", f"{folder}/colonel.elf",
                   f"{folder}/initrd.cpio"]
    elif test != "linker":
        targets.append(f"{folder}/tests/host/{test}")
    done = subprocess.run(
        [f"{ROOT}/tools/variant", f"mutant-{name}", folder, "-s", *targets],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        text=True)
    return done.stdout if done.returncode else None


def run(test, folder):
    """How the test ends: "passes", or in what way it does not."""
    try:
        done = subprocess.run(
            [f"{folder}/tests/host/{test}"], stdin=subprocess.DEVNULL,
            env=dict(os.environ, BUILD=folder), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        return "does not end"
    failed = re.findall(r"\[  FAILED  \] (test_\w+)",
                        done.stdout.decode(errors="replace"))
    if done.returncode == 0:
        return "passes"
    return ", ".join(sorted(set(failed))) or f"ends with {done.returncode}"


def panics(sentence, folder):
    """How the machine ends that runs a program: "passes", or its panic."""
    done = subprocess.run(
        [f"{ROOT}/tools/run", "-build", folder, "notb"], check=False,
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE)
    said = done.stderr.decode(errors="replace")
    return sentence if f"\npanic: {sentence}" in said else "passes"


def check(name):
    """(caught, how) for one mutant."""
    with open(f"{HERE}/mutant-{name}.patch", encoding="utf-8") as file:
        test, sentence = re.search(r"^Caught by: (\w+)(?:: (.*))?$",
                                   file.read(), re.M).groups()
    folder = tempfile.mkdtemp(prefix=f"mutant-{name}-")
    try:
        error = build(name, test, folder)
        if test == "linker":
            caught = re.search(r"\bld: |^BROKEN ", error or "", re.M)
            return bool(caught), error or "links"
        how = error or (panics(sentence, folder) if test == "panic"
                        else run(test, folder))
    finally:
        shutil.rmtree(folder)
    return not error and how != "passes", f"{test}: {how}"


def main(names):
    if names == ["all"]:
        names = sorted(os.path.basename(f)[7:-6]
                       for f in glob.glob(f"{HERE}/mutant-*.patch"))
    print(f"1..{len(names)}")
    missed = 0
    for number, name in enumerate(names, 1):
        caught, how = check(name)
        missed += not caught
        print("ok" if caught else "not ok", f"{number} - {name} is caught")
        print("".join(f"# {line}\n" for line in how.splitlines()), end="",
              flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
