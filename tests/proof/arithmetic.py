#!/usr/bin/python3
"""Proves the arithmetic of time, for all inputs; prints TAP.

    tests/proof/arithmetic.py [TREE]

The formulas are read from the sources (expressions.py), and z3 looks for inputs
within the bounds that the comments there state for which they differ from the
same in integers without limit. It finds none: that is the proof. The bounds: a
counter of 3 to 64 bits, any number of cycles, a mult of 1 to 2^40, clocks below
their next second. Then each mutant of the arithmetic is applied to a copy, and
one of the proofs must fail there.

With TREE only its sources are proved.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import z3
    from expressions import Facts, Function, Value
except ImportError:
    z3 = None

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SOURCES = ("vdso/instant.h", "vdso/vclock_gettime.c", "kernel/time/vvar.c")
MILLISECONDS = 20000        # for one question, before it counts as not proved

SECOND = 10 ** 9 << 32
FULL = 1 << 64              # what a word can hold, and one
MOST_MULT = 1 << 40


class Tree:
    def __init__(self, root):
        self.text = {}
        for name in SOURCES:
            with open(f"{root}/{name}", encoding="utf-8") as file:
                self.text[name] = file.read()
        self.macros = self.text["vdso/instant.h"]

    def function(self, name):
        source = next(t for t in self.text.values()
                      if re.search(rf"\b{name}\([^;{{}}]*\)\n\{{", t))
        return Function(source, name, self.macros)


def word(facts, name, below=FULL, at_least=0):
    """A variable, and the facts that bound it."""
    number = z3.Int(name)
    facts.list += [number >= at_least, number < below]
    return Value(number, 64, at_least, below - 1)


def prove(claim, facts):
    """None if the claim follows from the facts, else inputs for which it does
    not, or that z3 does not know."""
    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    solver.add(*facts.list)
    solver.add(z3.Not(claim))
    answer = solver.check()
    if answer == z3.unsat:
        return None
    if answer == z3.unknown:
        return "not decided"
    model = solver.model()
    return ", ".join(sorted(f"{v} = {model[v]}" for v in model.decls()
                            if "!" not in str(v)))


# ---- What is proved ----------------------------------------------------------

def counter_delta(tree):
    """counter_delta(): what is ahead, up to 7/8 of the range, for 3 to 64
    bits"""
    for bits in range(3, 65):
        facts, size = Facts(), 1 << bits
        now, base = word(facts, "now", size), word(facts, "base", size)
        result = tree.function("counter_delta").run(
            facts, {"now": now, "base": base, "mask": Value(size - 1, 64)}, {})
        ahead = z3.If(now.number >= base.number, now.number - base.number,
                      now.number - base.number + size)
        wrong = prove(facts.cut(result).number ==
                      z3.If(8 * ahead <= 7 * size, ahead, 0), facts)
        if wrong:
            return f"{bits} bits: {wrong}"
    return None


def instant_advance(tree):
    """instant_advance(): as with integers of any size, for any cycles"""
    facts = Facts()
    cycles = word(facts, "cycles")
    mult = word(facts, "mult", MOST_MULT + 1, 1)
    nsec, sec = word(facts, "nsec", SECOND), word(facts, "sec")
    names = {"cycles": cycles, "mult": mult, "t.nsec": nsec, "t.sec": sec}
    exact = nsec.number + facts.product(cycles.number, mult.number,
                                        cycles.high * mult.high)
    tree.function("instant_advance").run(facts, names, {})
    # the seconds that were added, and the rest: less than a second, and both
    # together all of it, so they are quotient and remainder
    seconds = names["t.sec"].number - sec.number
    rest = facts.cut(names["t.nsec"]).number
    return prove(z3.And(rest >= 0, rest < SECOND,
                        seconds * SECOND + rest == exact), facts)


def fast_path(tree, facts):
    """One line of the page as the kernel writes it, and read_fast() on it:
    (the line, [when it answers for that slot, the answer], cycles since the
    base times mult)."""
    names = {"clocks.mult": word(facts, "mult", MOST_MULT + 1, 1),
             "clocks.cycles": word(facts, "cycles")}
    for slot in (0, 1):
        names[f"clocks.nsec[{slot}]"] = word(facts, f"nsec{slot}", SECOND)
        names[f"clocks.sec[{slot}]"] = word(facts, f"sec{slot}")
    mult, counter = names["clocks.mult"].number, word(facts, "counter")
    limit = tree.function("cycles_to_second").run(facts, dict(names), {})
    limit = facts.cut(limit)
    ahead = facts.cut(Value(counter.number - names["clocks.cycles"].number, 64,
                            1 - FULL, FULL - 1)).number
    gone = facts.product(ahead, mult, FULL * MOST_MULT)

    results = []
    for slot in (0, 1):
        seen = dict(names, **{"clocks.limit": limit,
                              "clocks.sec[slot]": names[f"clocks.sec[{slot}]"],
                              "clocks.nsec[slot]":
                              names[f"clocks.nsec[{slot}]"]})
        reader = tree.function("read_fast")
        reader.run(facts, seen,
                   {"read_counter": lambda: counter,
                    "seq_read_begin": lambda at: Value(0, 32),
                    "seq_read_retry": lambda at, seq:
                    Value(z3.BoolVal(False), 32)})
        results.append((z3.Not(z3.Or(reader.leaves)),
                        facts.cut(seen["now.sec"]).number,
                        facts.cut(seen["now.nsec"]).number))
    # what is true of any two products with mult, which is 1 or more
    for x, _, product in list(facts.products.values()):
        facts.list += [z3.Implies(ahead <= x - 1, gone <= product - mult),
                       z3.Implies(ahead >= x, gone >= product)]
    return names, results, gone


def fast_is_exact(tree):
    """read_fast(): when it answers, as with integers of any size"""
    facts = Facts()
    names, results, gone = fast_path(tree, facts)
    for slot, (answers, sec, nsec) in enumerate(results):
        exact = names[f"clocks.nsec[{slot}]"].number + gone
        wrong = prove(z3.Implies(answers, z3.And(
            exact < SECOND, nsec == exact,
            sec == names[f"clocks.sec[{slot}]"].number)), facts)
        if wrong:
            return f"slot {slot}: {wrong}"
    return None


def fast_is_used(tree):
    """read_fast(): answers until a clock of the line begins its next second"""
    facts = Facts()
    names, results, gone = fast_path(tree, facts)
    left = [names[f"clocks.nsec[{slot}]"].number + gone < SECOND
            for slot in (0, 1)]
    return prove(z3.Implies(z3.And(left), results[0][0]), facts)


def one_line(tree, facts, line, **names):
    function = Function(f"f()\n{{\nreturn {line};\n}}", "f", tree.macros)
    return facts.cut(function.run(facts, names, {})).number


def page_has_all(tree):
    """update_vsyscall(): the page gets the base with its fraction"""
    facts = Facts()
    nsec = word(facts, "nsec", SECOND)
    line = re.search(r"clocks->nsec\[slot\] = (.*?);",
                     tree.text["kernel/time/vvar.c"], re.S)[1]
    seen = one_line(tree, facts, line, **{"t[slot].nsec": nsec})
    return prove(seen == nsec.number, facts)


def parts_of_a_second(tree):
    """tv_nsec and tv_usec: whole nanoseconds and microseconds, rounded down"""
    text = tree.text["vdso/vclock_gettime.c"]
    for field, unit in (("tv_nsec", 1 << 32), ("tv_usec", 1000 << 32)):
        lines = re.findall(rf"->{field} = ([^;]*now\.nsec[^;]*);", text)
        for line in lines:
            facts = Facts()
            nsec = word(facts, "nsec", SECOND)
            seen = one_line(tree, facts, line, **{"now.nsec": nsec})
            wrong = prove(z3.And(seen * unit <= nsec.number,
                                 nsec.number < seen * unit + unit), facts)
            if wrong:
                return f"{field}: {wrong}"
        if not lines:
            return f"{field}: not found"
    return None


PROOFS = (counter_delta, instant_advance, fast_is_exact, fast_is_used,
          page_has_all, parts_of_a_second)
# The mutants of tests/variants that are arithmetic.
MUTANTS = ("64-bit-product", "mul-32", "wrong-shift", "signed-clamp",
           "no-clamp", "dropped-fraction", "fraction-lost-on-update",
           "limit-of-slot-0-only", "limit-one-too-far", "usec-rounding")


def prove_tree(root):
    """[(what, None or why not)] for a tree's sources."""
    tree, results = Tree(root), []
    for proof in PROOFS:
        try:
            wrong = proof(tree)
        except (SyntaxError, KeyError, TypeError, StopIteration) as error:
            wrong = f"cannot be read: {error!r}"
        results.append((" ".join(proof.__doc__.split()), wrong))
    return results


def prove_mutant(name):
    """The first proof that fails on a copy with the patch, or None."""
    with tempfile.TemporaryDirectory() as folder:
        for source in SOURCES:
            os.makedirs(os.path.dirname(f"{folder}/{source}"), exist_ok=True)
            shutil.copy(f"{ROOT}/{source}", f"{folder}/{source}")
        with open(f"{ROOT}/tests/variants/mutant-{name}.patch",
                  encoding="utf-8") as patch:
            subprocess.run(["patch", "-s", "-d", folder, "-p1"], stdin=patch,
                           check=True)
        return next(((what, wrong) for what, wrong in prove_tree(folder)
                     if wrong), None)


def main(args):
    names = () if args else MUTANTS
    print(f"1..{len(PROOFS) + len(names)}")
    if not z3:
        for number in range(1, len(PROOFS) + len(names) + 1):
            print(f"ok {number} - arithmetic # SKIP no z3: tools/setup test")
        return 0
    failed = 0
    results = prove_tree(args[0] if args else ROOT)
    for number, (what, wrong) in enumerate(results, 1):
        failed += bool(wrong)
        print("not ok" if wrong else "ok", f"{number} - {what}")
        if wrong:
            print(f"# {wrong}")
    for number, name in enumerate(names, len(PROOFS) + 1):
        found = prove_mutant(name)
        failed += not found
        print("ok" if found else "not ok", f"{number} - not with {name}")
        if found:
            print(f"# {found[0]}: {found[1]}")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
