"""Grades hand-ins, each in a copy of a pristine starter and apart from the
others: what is hostile or broken in one costs its own row only."""

import concurrent.futures
import csv
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import threading
import time

from lab_lib import course, grading, handing_in, sandbox

GRADED, REFUSED, UNBUILT, BROKEN = "graded", "refused", "does not build", \
    "grader's error"
printing = threading.Lock()


def pristine(lab, folder):
    """A starter, built: what each hand-in begins with."""
    tree = f"{folder}/pristine"
    if course.started():
        os.makedirs(tree)
        for name in course.git(course.ROOT, "ls-tree", "-r", "-z",
                               "--name-only", "HEAD").split("\0"):
            if name:
                os.makedirs(os.path.dirname(f"{tree}/{name}"), exist_ok=True)
                shutil.copy2(f"{course.ROOT}/{name}", f"{tree}/{name}")
        if os.path.exists(f"{course.ROOT}/build"):      # what it has built
            shutil.copytree(f"{course.ROOT}/build", f"{tree}/build",
                            symlinks=True)
    else:
        course.make_starter(lab, tree)
    built, said = grading.build(lab, "build", tree=tree)
    if not built:
        raise course.Trouble(f"the starter does not build: {said}")
    return tree


class HandIn:
    """One row."""

    def __init__(self, number, path):
        self.number, self.path = number, path
        self.name = os.path.basename(path.rstrip("/"))
        self.state, self.message, self.facts = GRADED, "", None
        self.score, self.seconds = 0, 0

    def grade(self, lab, base, folder, seed, with_sandbox):
        begin = time.monotonic()
        tree = f"{folder}/{self.number}"
        try:
            shutil.copytree(base, tree, symlinks=True)
            handing_in.take(lab, self.path, tree)
            self.run(lab, tree, seed, with_sandbox)
        except course.Trouble as trouble:
            self.state, self.message = REFUSED, str(trouble)
        except Exception as error:
            self.state, self.message = BROKEN, repr(error)
        finally:
            for path in (tree, f"{tree}.tmp"):
                shutil.rmtree(path, ignore_errors=True)
        self.seconds = round(time.monotonic() - begin, 1)
        return self

    def run(self, lab, tree, seed, with_sandbox):
        wrap = list
        if with_sandbox:
            sandbox.give(tree)

            def wrap(words):
                return sandbox.words(tree, words)
        own = course.find_lab(lab.number, tree)
        report = grading.grade(own, list(own.points), seed, wrap=wrap,
                               out=None, jobs=1, tree=tree)
        self.facts, self.score = report.facts(), report.score()
        if not report.built:
            self.state = UNBUILT
            self.message = next((line for line in report.said.splitlines()
                                 if "error" in line), report.said[:200])
        elif report.status() == 2:
            self.state = BROKEN
            self.message = next(r["saw"].strip().splitlines()[-1]
                                for r in report.results
                                if r["state"] == grading.ERROR)

    def row(self, lab):
        points = {r["name"]: r["score"] for r in
                  self.facts["points"]} if self.facts else {}
        return [self.name, self.state, self.score,
                *(points.get(name, 0) for name in lab.points),
                self.seconds, self.message]

    def say(self, most):
        with printing:
            print(f"{self.name:<32} {self.score:>3}/{most:<3} {self.state:<15}"
                  f" {self.seconds:>6} s  {self.message[:90]}", flush=True)


def mark(args):
    lab = course.find_lab(args.lab)
    most = sum(point["weight"] for point in lab.points.values())
    seed = args.seed or random.randint(1, 9999)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mark-") as folder:
        os.chmod(folder, 0o711)
        if not args.no_sandbox:
            os.makedirs(f"{folder}/try")
            sandbox.check(f"{folder}/try")
        base = pristine(lab, folder)
        hand_ins = [HandIn(number, os.path.abspath(path))
                    for number, path in enumerate(args.files)]
        print(f"Lab {lab.number}: {len(hand_ins)} hand-ins, seed {seed}"
              + (", without a sandbox" if args.no_sandbox else ""))
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for done in [pool.submit(one.grade, lab, base, folder, seed,
                                     not args.no_sandbox)
                         for one in hand_ins]:
                done.result().say(most)
    write_results(args, lab, hand_ins)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{len(hand_ins)} hand-ins in {time.monotonic() - begin:.0f} s; the "
          f"largest process had {largest} MiB")
    return 2 if any(one.state == BROKEN for one in hand_ins) else 0


def write_results(args, lab, hand_ins):
    if args.csv:
        with open(args.csv, "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["hand-in", "state", "score", *lab.points, "seconds",
                          "message"])
            out.writerows(one.row(lab) for one in hand_ins)
    if args.json:
        os.makedirs(args.json, exist_ok=True)
        for one in hand_ins:
            course.write(f"{os.path.abspath(args.json)}/{one.number:03}-"
                         f"{one.name}.json", json.dumps(
                             {"hand-in": one.name, "state": one.state,
                              "message": one.message, "score": one.score,
                              **(one.facts or {})}, indent=1) + "\n")
    sys.stdout.flush()
