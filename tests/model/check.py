#!/usr/bin/python3
"""Runs a model, tests/model/NAME.pml, in all its states; prints TAP.

    tests/model/check.py NAME

The model must hold as it stands, and fail with the property that the table
below says when one of its lines is broken: so it can fail.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
TORN, BACK = "c_by==b_by", "now>=before"

# What is defined for spin, which assertion fails then, and the test's name.
CASES = {
    "seqlock": (
        (None, None, "the shipped order holds"),
        ("NO_BEGIN", TORN, "no begin mark: torn"),
        ("END_EARLY", TORN, "the end mark before the data: torn"),
        ("NO_RECHECK", TORN, "no second look: torn"),
        ("SWAPPED", TORN, "begin looked at first: torn"),
        ("NO_FENCE", BACK, "no fence: a step back"),
        ("SAMPLE_FIRST", BACK, "a sample before the section: a step back"),
        ("COUNTER_LAST", BACK, "a counter read after the check: a step back"),
    ),
}


def run(*command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, text=True)
    return done.returncode, done.stdout


def verify(model, define, folder):
    """What the verifier says of the model with that name defined."""
    status, output = run("spin", "-a", *([f"-D{define}"] if define else []),
                         model, folder=folder)
    if status == 0:
        status, output = run("gcc", "-O1", "-w", "-DSAFETY", "-DCOLLAPSE",
                             "-o", "pan", "pan.c", folder=folder)
    if status == 0:
        status, output = run("./pan", "-m100000", "-w24", folder=folder)
    return output


def judge(output, fails_with):
    """None, or what is wrong with the verifier's answer."""
    found = re.search(r"assertion violated (.*) \(at", output)
    complete = "errors: 0" in output and "Search not completed" not in output
    if fails_with is None:
        return None if complete else "expected: errors: 0"
    if found and fails_with in found[1]:
        return None
    return f"expected: assertion violated {fails_with}"


def main(name):
    cases = CASES[name]
    print(f"1..{len(cases)}")
    wrong = 0
    for number, (define, fails_with, text) in enumerate(cases, 1):
        if not shutil.which("spin"):
            print(f"ok {number} - {text} # SKIP no spin: tools/setup test")
            continue
        with tempfile.TemporaryDirectory() as folder:
            output = verify(f"{HERE}/{name}.pml", define, folder)
        error = judge(output, fails_with)
        wrong += bool(error)
        print("not ok" if error else "ok", f"{number} - {text}")
        states = re.search(r"(\d+) states, stored", output)
        print(f"# {states[1]} states" if states else "# no verdict")
        if error:
            print(f"# {error}; seen:")
            print("".join(f"#   {line}\n" for line in output.splitlines()))
        sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in CASES:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
