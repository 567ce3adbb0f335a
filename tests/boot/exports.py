"""tools/lab export: each service's own scripts run in a clean folder, and what
they write is what the service documents, for a good hand-in, a wrong one, one
that does not build, and one that is refused."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile

from machine import check, main, matches

SOURCE = "kernel/process/vdso.c"
POINTS = {"value": 2, "same_frame": 5, "rights": 4, "writer_dies": 4,
          "life_time": 3, "nothing_else": 2}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def hand_ins():
    """{name: (content of the file, score)}; the last has a file too many."""
    good = read(SOURCE)
    return {"good": (good, 20),
            "wrong": (good.replace(".max_prot = PROT_READ,", ".max_prot = "
                                   "PROT_READ | PROT_WRITE,"), 16),
            "unbuilt": (good + "int x = ;\n", 0),
            "none": (None, 0)}


def put(folder, text):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(f"{folder}/kernel/process")
    os.makedirs(f"{folder}/tools")
    with open(f"{folder}/tools/lab", "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho Score: 1000\n")     # of no effect
    if text is not None:
        with open(f"{folder}/{SOURCE}", "w", encoding="utf-8") as file:
            file.write(text)


def build_in(tree):
    """The last line of setup.sh; before it, it installs packages."""
    subprocess.run(["make", "-j2", "-C", tree, "build/colonel.elf",
                    "build/initrd.cpio"], check=True,
                   stdout=subprocess.DEVNULL)


def test_gradescope():
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["tools/lab", "export", "3", "--gradescope",
                        f"{root}/lab.zip"], check=True,
                       stdout=subprocess.DEVNULL)
        with zipfile.ZipFile(f"{root}/lab.zip") as packed:
            names = packed.namelist()
            packed.extractall(f"{root}/source")
            for entry in packed.infolist():     # extractall forgets modes
                os.chmod(f"{root}/source/{entry.filename}",
                         entry.external_attr >> 16)
        check("setup.sh and run_autograder are at the zip's root",
              {"setup.sh", "run_autograder"} <= set(names), True)
        check("no solution goes along", [n for n in names if re.search(
            "answers|mutants|/holes", n)], [])
        build_in(f"{root}/source/tree")
        for name, (text, score) in hand_ins().items():
            put(f"{root}/submission", text)
            subprocess.run([f"{root}/source/run_autograder"], check=False,
                           env=dict(os.environ, AUTOGRADER=root))
            look_at_gradescope(name, json.loads(
                read(f"{root}/results/results.json")), score)


def look_at_gradescope(name, results, score):
    tests = results["tests"]
    check(f"Gradescope, {name}: the score is that of the tests, or is given",
          sum(t["score"] for t in tests) if tests else results["score"],
          score)
    check(f"Gradescope, {name}: all fields are known", set(results) <= {
        "score", "execution_time", "output", "visibility",
        "stdout_visibility", "tests", "leaderboard"}, True)
    for test in tests:
        check(f"Gradescope, {name}: {test['number']} is as documented",
              set(test) <= {"score", "max_score", "status", "name", "number",
                            "output", "output_format", "tags", "visibility",
                            "extra_data"} and
              test["status"] in ("passed", "failed") and
              0 <= test["score"] <= test["max_score"] and
              test["visibility"] == "visible", True)


def test_classroom50():
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["tools/lab", "export", "3", "--classroom50",
                        f"{root}/bundle"], check=True,
                       stdout=subprocess.DEVNULL)
        build_in(f"{root}/bundle/tree")
        for name, (text, score) in hand_ins().items():
            put(f"{root}/checkout", text)
            environment = dict(
                os.environ, CLASSROOM="os", ASSIGNMENT="lab3", OWNER="cs",
                SUBMISSION_TAG="s1", USERNAME="ada", COMMIT_URL="c",
                RELEASE_URL="r", REVIEW_URL="v",
                ASSIGNMENT_TYPE="individual", GITHUB_OUTPUT=f"{root}/output")
            status = subprocess.run(
                ["/usr/bin/python3", f"{root}/bundle/autograder.py"],
                cwd=f"{root}/checkout", env=environment,
                check=False).returncode
            check(f"Classroom 50, {name}: it ran to its end", status, 0)
            look_at_classroom(name, json.loads(
                read(f"{root}/checkout/result.json")), score)
        check("Classroom 50: status and summary", read(f"{root}/output"),
              "status=graded\nsummary=20/20\n", lambda a, b: b in a)


def look_at_classroom(name, result, score):
    wanted = {"schema": "classroom50/result/v1", "classroom": "os",
              "assignment": "lab3", "owner": "cs",
              "assignment_type": "individual", "submission": "s1",
              "commit": "c", "release": "r", "review": "v", "score": score,
              "max-score": 20}
    check(f"Classroom 50, {name}: the fields",
          {key: result[key] for key in wanted}, wanted)
    check(f"Classroom 50, {name}: the time", result["datetime"],
          r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", matches)
    check(f"Classroom 50, {name}: the tests",
          {t["test-name"]: t["max-score"] for t in result["tests"]}, POINTS)
    check(f"Classroom 50, {name}: passed is a full score",
          [t["passed"] for t in result["tests"]],
          [t["score"] == t["max-score"] for t in result["tests"]])


def test_actions():
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["tools/lab", "export", "3", "--actions",
                        f"{root}/lab.yml"], check=True,
                       stdout=subprocess.DEVNULL)
        text = read(f"{root}/lab.yml")
        subprocess.run(["tools/lab", "start", "3", f"{root}/tree"],
                       check=True, stdout=subprocess.DEVNULL)
        command = re.search(r"- run: (tools/lab grade .*)", text)[1]
        done = subprocess.run(command.split(), cwd=f"{root}/tree",
                              check=False, stdout=subprocess.DEVNULL)
        check("Actions: the starter's status is that of lost points",
              done.returncode, 1)
        check("Actions: result.json has each point",
              {p["name"]: p["max"] for p in json.loads(
                  read(f"{root}/tree/result.json"))["points"]}, POINTS)
        check("Actions: report.xml counts them",
              read(f"{root}/tree/report.xml"), 'failures="6"',
              lambda a, b: b in a)


main(test_gradescope, test_classroom50, test_actions)
