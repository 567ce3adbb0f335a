"""Runs the points of a lab and says what came of each.

A point is a function of the lab's grade.py, point_NAME(t), that returns when
the point is won and else raises. Its docstring says what is expected. Each runs
in a process of its own, so that what breaks in one costs one point.
"""

import contextlib
import importlib.util
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import traceback
import xml.etree.ElementTree as xml

from lab_lib import course, guest

OK, FAIL, ERROR, SKIP = "OK", "FAIL", "ERROR", "SKIP"
POINT_TIME = 300        # seconds of the host's: a point that hangs
BUILD_TIME = 600
WIDTH = 66              # of what is wrapped
SHOWN = 24              # lines of what was seen
# What make says of its own doing.
NOISE = re.compile(r"\[\d+/\d+\] |make(\[\d+\])?: ('|Nothing|\*\*\* \[)")
NEEDED = ("make", "gcc", "ld", "nasm", "nm", "readelf", "qemu-system-x86_64")


class Lost(Exception):
    """The point is not won: what was expected, and what was seen."""

    def __init__(self, expected, saw):
        super().__init__(expected)
        self.expected, self.saw = str(expected), str(saw)


class Point:
    """What the function of a point gets, to build its evidence on."""

    def __init__(self, lab, name, seed, build):
        self.lab, self.name, self.build = lab, name, build
        self.random = random.Random(f"{seed}/{name}")
        self.drawn = {}

    def draw(self, name, low, high):
        """A number for this run, printed beside the point."""
        self.drawn[name] = self.random.randint(low, high)
        return self.drawn[name]

    def program_file(self, name):
        return f"{self.build}/labs/{self.lab.name}/programs/{name}"

    def add(self, name):
        """The words for tools/run that put a program of the lab's in."""
        return "-add", self.program_file(name)

    def run(self, *words, **options):
        return guest.run(self.build, *words, **options)

    def machine(self, *words, **options):
        return guest.Machine(self.build, *words, **options)

    def program_symbols(self, name):
        return guest.symbols(self.program_file(name))

    def require(self, condition, expected, saw):
        if not condition:
            raise Lost(expected, saw)

    def ends_well(self, ended):
        """A run whose status is 0."""
        self.require(ended.status == 0, "the program ends with status 0",
                     ended.story())

    def prints(self, ended, pattern, what):
        """The match in what a run printed, which must be there."""
        found = re.search(pattern, ended.output, re.M)
        self.require(found, what, ended.story())
        return found


def load_points(lab):
    """{name: function} of the lab's grade.py, in the order of lab.toml."""
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location(
        "grade", f"{lab.folder}/grade.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: getattr(module, f"point_{name}") for name in lab.points}


def run_point(lab, name, seed, build):
    """In the point's own process: its result as a dictionary."""
    result = {"state": OK, "expected": "", "saw": ""}
    point = Point(lab, name, seed, build)
    function = load_points(lab)[name]
    what = re.sub(r"\s+", " ", function.__doc__ or "").strip().rstrip(".")
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            function(point)
    except Lost as lost:
        result.update(state=FAIL, expected=lost.expected, saw=lost.saw)
    except guest.Broken as broken:
        result.update(state=FAIL, expected=what, saw=str(broken))
    except Exception:
        result.update(state=ERROR, expected="the grader works",
                      saw=traceback.format_exc())
    result["drawn"] = point.drawn
    return result


def ask_point(lab, name, seed, build, wrap, tree):
    """The result of a point that runs in a process of its own. `wrap` puts a
    command into a sandbox."""
    begin = time.monotonic()
    words = [sys.executable, "-B", f"{tree}/tools/lab", "point",
             lab.number, name, str(seed), build]
    with subprocess.Popen(wrap(words), stdin=subprocess.DEVNULL, cwd=tree,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True) as process:
        try:
            output, errors = process.communicate(timeout=POINT_TIME)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
            output, errors = b"", b""
    try:
        result = json.loads(output)
    except ValueError:
        result = {"state": ERROR, "expected": "the grader answers",
                  "saw": errors.decode(errors="replace") or
                  f"it ran longer than {POINT_TIME} s", "drawn": {}}
    facts = lab.points[name]
    won = result["state"] == OK
    result.update(name=name, title=facts["title"], hint=facts["hint"],
                  max=facts["weight"], score=facts["weight"] if won else 0,
                  seconds=round(time.monotonic() - begin, 1),
                  again=f"tools/lab grade {name} --seed {seed}",
                  debug=f"tools/lab gdb {name}")
    return result


def unbuilt(lab, name):
    facts = lab.points[name]
    return {"state": SKIP, "name": name, "title": facts["title"],
            "expected": "", "saw": "it does not build", "hint": "",
            "max": facts["weight"], "score": 0, "seconds": 0, "again": "",
            "debug": "", "drawn": {}}


def missing_tools():
    return [name for name in NEEDED if not shutil.which(name)]


def build(lab, folder, wrap=list, jobs=2, extra=(), tree=None):
    """(built, what the compiler said)."""
    words = ["make", "--no-print-directory", f"-j{jobs}", f"BUILD={folder}",
             *extra, f"{folder}/colonel.elf", f"{folder}/initrd.cpio",
             *lab.programs(folder)]
    with subprocess.Popen(wrap(words), stdin=subprocess.DEVNULL,
                          cwd=tree or course.ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True) as process:
        try:
            output = drain(process, BUILD_TIME)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False, f"the build took longer than {BUILD_TIME} s"
        finally:
            process.wait()
    text = output.decode(errors="replace")
    said = [line for line in text.splitlines() if not NOISE.match(line)]
    if process.returncode and not said:
        said = text.splitlines()[-5:]
    return process.returncode == 0, "\n".join(said)


def drain(process, seconds):
    """What a process prints: the first part, if it prints without end."""
    timer_end = time.monotonic() + seconds
    kept = bytearray()
    os.set_blocking(process.stdout.fileno(), False)
    while True:
        piece = process.stdout.read(1 << 16)
        if piece == b"":
            return bytes(kept)
        if piece is None:
            if time.monotonic() > timer_end:
                raise subprocess.TimeoutExpired("make", seconds)
            time.sleep(0.02)
        elif len(kept) < guest.LONGEST:
            kept += piece


class Report:
    """A lab graded: prints as it goes, and keeps all for files."""

    def __init__(self, lab, seed, out=sys.stdout):
        self.lab, self.seed, self.out = lab, seed, out
        self.results, self.built, self.said = [], True, ""
        self.say(f"Lab {lab.number}: {lab.title}   (numbers drawn from seed "
                 f"{seed})")

    def say(self, text):
        if self.out:
            print(text, file=self.out, flush=True)

    def say_build(self, built, said):
        self.built, self.said = built, said
        if said:
            self.say(said)
        if not built:
            self.say("It does not build: the messages above are the "
                     "compiler's.")

    def add(self, result):
        self.results.append(result)
        dots = "." * max(58 - len(result["title"]), 3)
        self.say(f"lab {self.lab.number}  {result['title']} {dots} "
                 f"{result['state']} ({result['seconds']} s)")
        if result["state"] in (FAIL, ERROR):
            self.explain(result)

    def explain(self, result):
        if result["drawn"]:
            self.field("drawn", ", ".join(
                f"{name} {value}" for name, value in
                result["drawn"].items()))
        self.field("expected", result["expected"])
        self.field("saw", result["saw"])
        if result["state"] == ERROR:
            self.say("    The grader or its set-up is at fault here, not "
                     "your code: tools/doctor looks")
            return
        self.field("hint", result["hint"])
        self.field("again", result["again"])
        self.field("debug", result["debug"])

    def field(self, name, text):
        lines = [part for line in text.strip().splitlines() or [""]
                 for part in textwrap.wrap(line, WIDTH) or [""]] \
            if name in ("expected", "hint") else \
            text.strip().splitlines() or [""]
        if len(lines) > SHOWN:
            lines = [*lines[:SHOWN - 8],
                     f"[{len(lines) - SHOWN} lines left out]", *lines[-8:]]
        self.say(f"    {name + ':':<10}{lines[0]}")
        for line in lines[1:]:
            self.say(f"              {line}")

    def score(self):
        return sum(result["score"] for result in self.results)

    def most(self):
        return sum(result["max"] for result in self.results)

    def status(self):
        states = {result["state"] for result in self.results}
        return 2 if ERROR in states else 0 if states <= {OK} else 1

    def end(self):
        self.say(f"Score: {self.score()}/{self.most()}")

    def facts(self):
        return {"lab": self.lab.number, "title": self.lab.title,
                "seed": self.seed, "built": self.built,
                "compiler": self.said, "score": self.score(),
                "max": self.most(), "points": self.results}

    def write_junit(self, path):
        suite = xml.Element("testsuite", name=f"lab{self.lab.number}")
        for result in self.results:
            case = xml.SubElement(suite, "testcase", name=result["name"],
                                  classname=f"lab{self.lab.number}",
                                  time=str(result["seconds"]))
            kind = {FAIL: "failure", ERROR: "error",
                    SKIP: "skipped"}.get(result["state"])
            if kind:
                xml.SubElement(case, kind, message=printable(
                    result["expected"])).text = printable(result["saw"])
        for kind, name in (("failure", "failures"), ("error", "errors"),
                           ("skipped", "skipped")):
            suite.set(name, str(len(suite.findall(f"testcase/{kind}"))))
        suite.set("tests", str(len(self.results)))
        xml.ElementTree(suite).write(path, encoding="utf-8",
                                     xml_declaration=True)


def printable(text):
    """XML has no place for most control characters."""
    return re.sub(r"[^\t\n -\ud7ff\ue000-\ufffd]", "?", text)


def grade(lab, names, seed, folder="build", wrap=list, out=sys.stdout,
          jobs=2, extra=(), tree=None):
    """Builds and runs the points of these names in a tree: the report."""
    report = Report(lab, seed, out)
    missing = missing_tools()
    if missing:
        for name in names:
            report.add({**unbuilt(lab, name), "state": ERROR,
                        "expected": "the tools are there",
                        "saw": f"missing: {' '.join(missing)}; "
                               "tools/setup lab installs them"})
        report.end()
        return report
    tree = tree or course.ROOT
    report.say_build(*build(lab, folder, wrap, jobs, extra, tree))
    for name in names:
        report.add(ask_point(lab, name, seed, folder, wrap, tree)
                   if report.built else unbuilt(lab, name))
    report.end()
    return report
