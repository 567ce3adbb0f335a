"""Proves the graders: prints TAP, a line for each fact.

For each lab: the starter builds without a warning and wins none of its points,
and all of the earlier labs'; nothing of the solution is in it; the solution
wins all points, in each of several runs; each mutant loses the point that its
patch names in its first line, "Caught by: POINT", or is told by the build,
"Caught by: build".
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from lab_lib import course, grading, source

TELLING = 30        # and of one that does so within another line
RUNS, FULL_RUNS = 2, 10
SHORTEST = 16       # characters of a line that tells something of a solution
WERROR = ("WERROR=-Werror",)


class Proof:
    """The results so far, and the trees that are built once for all labs."""

    def __init__(self, full):
        self.full, self.count, self.failed = full, 0, 0
        self.seed = 1

    def check(self, name, passed, notes=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}")
        if not passed:
            for line in str(notes).splitlines()[:60]:
                print(f"# {line}")
        sys.stdout.flush()

    def tree(self, lab, kind):
        """A folder that stays in build/, so that little is built anew."""
        return f"{course.ROOT}/build/labs/prove/{lab.name}/{kind}"


def grade(lab, tree, seed, names=None, graders=None):
    """The report on a tree, by the tree's own graders."""
    lab = course.find_lab((graders or lab).number, tree)
    return grading.grade(lab, names or list(lab.points), seed, out=None,
                         extra=WERROR, tree=tree)


def states(report):
    return {result["name"]: result["state"] for result in report.results}


def told(report):
    """What a student would have read, for a failing check."""
    return report.said + "\n".join(
        f"{r['name']}: {r['state']}: expected {r['expected']}; saw {r['saw']}"
        for r in report.results)


def seed_build(proof, lab, target):
    """Copies what another tree has built: same files keep their objects."""
    solution = proof.tree(lab, "solution")
    if not os.path.exists(f"{target}/build") and \
            os.path.exists(f"{solution}/build"):
        os.makedirs(target, exist_ok=True)
        shutil.copytree(solution, target, dirs_exist_ok=True, symlinks=True)


def copy_another(proof, tree):
    """Begins with what another lab's solution has built."""
    for other in course.all_labs():
        built = proof.tree(other, "solution")
        if os.path.exists(f"{built}/build/colonel.elf"):
            shutil.copytree(built, tree, symlinks=True)
            return


def solve(lab, target):
    course.copy_tree(lab, target)
    course.write(f"{target}/{course.STATE}",
                 f'{{"lab": "{lab.number}", "from": []}}\n')


def prove_solution(proof, lab):
    tree = proof.tree(lab, "solution")
    os.makedirs(os.path.dirname(os.path.dirname(tree)), exist_ok=True)
    # Another lab may be proved at the same time: who is first builds all.
    with open(f"{course.ROOT}/build/labs/prove/lock", "w",
              encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(f"{tree}/build"):
            copy_another(proof, tree)
        solve(lab, tree)
        built, said = grading.build(lab, "build", extra=WERROR, tree=tree)
    if not built:
        raise course.Trouble(f"the solution does not build: {said}")
    stories = []
    for number in range(FULL_RUNS if proof.full else RUNS):
        report = grade(lab, tree, proof.seed + (0 if proof.full else number))
        stories.append(states(report))
        proof.check(f"lab {lab.number}: the solution wins all, run "
                    f"{number + 1}", report.status() == 0, told(report))
    proof.check(f"lab {lab.number}: its runs are alike",
                all(story == stories[0] for story in stories), stories)
    prove_transcripts(proof, lab, tree, " solved")


def prove_starter(proof, lab):
    tree = proof.tree(lab, "starter")
    seed_build(proof, lab, tree)
    course.make_starter(lab, tree)
    report = grade(lab, tree, proof.seed)
    proof.check(f"lab {lab.number}: the starter builds without a warning",
                report.built, report.said)
    proof.check(f"lab {lab.number}: the starter wins no point",
                set(states(report).values()) == {grading.FAIL}, told(report))
    for point in report.results:
        proof.check(f"lab {lab.number}: what is said of {point['name']} is "
                    "all there", all(point[key].strip() for key in
                                     ("expected", "saw", "hint", "again")),
                    point)
    prove_transcripts(proof, lab, tree, "")
    prove_gdb(proof, lab, tree)
    if proof.full:
        for earlier in course.all_labs():
            if earlier.name < lab.name:
                done = grade(lab, tree, proof.seed, graders=earlier)
                proof.check(f"lab {lab.number}: the starter wins lab "
                            f"{earlier.number}", done.status() == 0,
                            told(done))


def run_in(tree, words, **options):
    return subprocess.run(words, cwd=tree, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, text=True, errors="replace", **options)


def prove_gdb(proof, lab, tree):
    """gdb stops where lab.toml says, in the starter."""
    for name in list(lab.points)[:None if proof.full else 1]:
        wish = lab.points[name]["debug"]["at"].split()[0]
        seen = run_in(tree, ["tools/lab", "gdb", name, "-batch"]).stdout
        proof.check(f"lab {lab.number}: tools/lab gdb {name} stops at {wish}",
                    re.search(rf"^(Thread \d.* hit )?(Temporary )?Breakpoint "
                              rf"[2-9].*\b{re.escape(wish)}\b", seen, re.M),
                    seen)


def prove_transcripts(proof, lab, tree, kind):
    """The commands of the handout print what stands there; numbers are
    compared as numbers only, and a line "..." stands for any lines."""
    text = course.read(f"{lab.folder}/handout.md")
    for block in re.findall(rf"^```console{kind}\n(.*?)^```", text,
                            re.M | re.S):
        for command, wanted in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)",
                                          block, re.M):
            seen = run_in(tree, ["sh", "-c", command]).stdout
            proof.check(f"lab {lab.number}: the handout's `{command}`",
                        re.fullmatch(pattern(wanted), seen), seen)


def pattern(wanted):
    lines = []
    for line in wanted.splitlines():
        words = re.split(r"(0x[0-9a-f]+|\b[0-9a-f]{12,16}\b|\d+)", line)
        lines.append("(?:.*\n)*?" if line == "..." else
                     "".join("(?:0x)?[0-9a-f]+" if number % 2 else
                             re.escape(word)
                             for number, word in enumerate(words)) + "\n")
    return "".join(lines)


def solution_lines(lab):
    """Lines that the holes take away, and that stand nowhere else in what a
    starter has of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        course.make_starter(lab, folder)
        left = set()
        for name in course.tree_files(lab):
            if os.path.exists(f"{folder}/{name}"):
                left |= set(map(str.strip,
                                course.read(f"{folder}/{name}").splitlines()))
    all_lines = set()
    for name in course.tree_files(lab):
        if lab.may_change(name):
            all_lines |= set(map(
                str.strip, course.read(f"{course.ROOT}/{name}").splitlines()))
    return {line for line in all_lines - left if len(line) >= SHORTEST}


def prove_secrecy(proof, lab):
    """A student's folder, as tools/lab start makes it, built with symbols."""
    with tempfile.TemporaryDirectory() as folder:
        course.start(lab, f"{folder}/dir")
        log = course.git(f"{folder}/dir", "log", "--all", "--oneline")
        proof.check(f"lab {lab.number}: the starter has one commit",
                    len(log.splitlines()) == 1, log)
        everything = course.git(f"{folder}/dir", "log", "--all", "-p")
        loose = course.git(f"{folder}/dir", "fsck", "--full", "--lost-found")
        everything += loose
        for name in course.git(f"{folder}/dir", "status", "-s",
                               "--ignored").splitlines():
            everything += name
    secret = solution_lines(lab)
    lines = {line.lstrip("+ ").strip() for line in everything.splitlines()}
    shown = [line for line in secret if line in lines or
             len(line) >= TELLING and line in everything]
    proof.check(f"lab {lab.number}: the starter shows none of the solution's "
                f"{len(secret)} lines", secret and not shown,
                "\n".join(shown) or "the solution has no line of its own")
    names = course.tree_files(lab)
    proof.check(f"lab {lab.number}: the starter has no answers, mutants or "
                "holes", not [n for n in names if re.search(
                    r"answers|/mutants/|/holes/", n)], names)


def prove_mutants(proof, lab):
    """Each in the same tree, one after another."""
    tree = proof.tree(lab, "mutant")
    seed_build(proof, lab, tree)
    proof.check(f"lab {lab.number}: it has five mutants",
                len(lab.mutants()) >= 5, lab.mutants())
    for path in lab.mutants():
        name = os.path.basename(path)[:-len(".patch")]
        point = re.match(r"Caught by: (\w+)\n", course.read(path))
        by_build = point and point[1] == "build"
        if not by_build and not (point and point[1] in lab.points):
            proof.check(f"lab {lab.number}: {name}.patch names its point",
                        False, course.read(path)[:80])
            continue
        solve(lab, tree)
        try:
            course.apply_patch(path, tree)
        except course.Trouble as trouble:
            proof.check(f"lab {lab.number}: {name} applies", False, trouble)
            continue
        report = grade(lab, tree, proof.seed, None if proof.full or by_build
                       else [point[1]])
        if by_build:
            proof.check(f"lab {lab.number}: {name} is told by the build",
                        not report.built and report.said, told(report))
            continue
        proof.check(f"lab {lab.number}: {name} loses {point[1]}",
                    states(report).get(point[1]) == grading.FAIL,
                    told(report))


def prove_lab(proof, lab):
    begin = time.monotonic()
    try:
        prove_solution(proof, lab)
        prove_starter(proof, lab)
        prove_secrecy(proof, lab)
        prove_mutants(proof, lab)
    except (course.Trouble, source.NotFound) as trouble:
        proof.check(f"lab {lab.number}: its trees can be made", False,
                    trouble)
    print(f"# lab {lab.number}: {time.monotonic() - begin:.0f} s")


def prove(numbers, full):
    if course.started():
        raise course.Trouble("a starter has no solution: call tools/lab prove "
                             "in the project's own tree")
    proof = Proof(full)
    for lab in [course.find_lab(number) for number in numbers] or \
            course.all_labs():
        prove_lab(proof, lab)
    print(f"1..{proof.count}")
    return 1 if proof.failed else 0
