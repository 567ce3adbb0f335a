"""Packs a lab for the services where courses grade. What is packed is a starter
and its graders: no solution goes to a service."""

import os
import shutil
import tempfile
import zipfile

from lab_lib import course

APT = ("gcc binutils libc6-dev make nasm qemu-system-x86 busybox-static "
       "python3 git patch gdb")

SETUP = f"""#!/bin/bash
# Gradescope runs this once, as root, when it makes the container.
set -e
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\
	{APT}
cd "$(dirname "$0")/tree"
make -j2 build/colonel.elf build/initrd.cpio
"""

# The container is thrown away after one hand-in: it is the sandbox.
RUN = """#!/bin/bash
# Gradescope runs this for each hand-in.
root=${AUTOGRADER:-/autograder}
mkdir -p "$root/results"
exec /usr/bin/python3 "$root/source/gradescope.py" "$root"
"""

GRADESCOPE = '''\
"""Grades /autograder/submission, and writes results.json as Gradescope
documents it: tests with score, max_score, status, name, number and output."""

import glob
import json
import os
import subprocess
import sys
import tempfile
import time

LAB = "{number}"


def text(point):
    if point["state"] == "OK":
        return ""
    return "\\n".join(f"{{name}}: {{point[name]}}" for name in
                     ("expected", "saw", "hint", "again") if point[name])


def main(root):
    begin = time.time()
    submission = f"{{root}}/submission"
    patches = sorted(glob.glob(f"{{submission}}/*.patch"))
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["/usr/bin/python3", f"{{root}}/source/tree/tools/lab", "mark", LAB,
             patches[0] if patches else submission, "--no-sandbox", "--json",
             folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, text=True)
        found = glob.glob(f"{{folder}}/*.json")
        facts = json.load(open(found[0])) if found else \\
            {{"state": "grader's error", "message": done.stdout}}
    results = {{"execution_time": round(time.time() - begin), "tests": [],
               "stdout_visibility": "hidden", "visibility": "visible",
               "output": f"{{facts['state']}}. {{facts['message']}}\\n"
                         f"{{facts.get('compiler', '')}}".strip()}}
    for number, point in enumerate(facts.get("points", []), 1):
        results["tests"].append({{
            "name": point["title"], "number": str(number),
            "score": point["score"], "max_score": point["max"],
            "status": "passed" if point["state"] == "OK" else "failed",
            "output": text(point), "output_format": "text",
            "visibility": "visible"}})
    if not results["tests"]:
        results["score"] = 0
    path = f"{{root}}/results/results.json"
    with open(path + ".new", "w") as file:
        json.dump(results, file, indent=1)
    os.rename(path + ".new", path)


main(sys.argv[1])
'''

CLASSROOM = '''\
"""Classroom 50's autograder: the student's checkout is the working folder,
this bundle lies beside this file. Writes ./result.json
(classroom50/result/v1); status 0 whenever grading ran to its end."""

import datetime
import glob
import json
import os
import subprocess
import sys
import tempfile

LAB = "{number}"
BUNDLE = os.path.dirname(os.path.realpath(__file__))
MAX = {points}


def grade():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["/usr/bin/python3", f"{{BUNDLE}}/tree/tools/lab", "mark", LAB,
             os.getcwd(), "--no-sandbox", "--json", folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, text=True)
        found = glob.glob(f"{{folder}}/*.json")
        if not found:
            sys.exit(f"the grader did not run: {{done.stdout}}")
        return json.load(open(found[0]))


def main():
    facts, get = grade(), os.environ.get
    points = {{point["name"]: point for point in facts.get("points", [])}}
    tests = [{{"test-name": name, "max-score": most,
              "score": points.get(name, {{}}).get("score", 0),
              "passed": points.get(name, {{}}).get("state") == "OK"}}
             for name, most in MAX.items()]
    now = datetime.datetime.now(datetime.timezone.utc)
    result = {{
        "schema": "classroom50/result/v1", "classroom": get("CLASSROOM", ""),
        "assignment": get("ASSIGNMENT", ""), "owner": get("OWNER", ""),
        "assignment_type": get("ASSIGNMENT_TYPE", ""),
        "submission": get("SUBMISSION_TAG", ""),
        "commit": get("COMMIT_URL", ""), "release": get("RELEASE_URL", ""),
        "review": get("REVIEW_URL", ""),
        "datetime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests}}
    with open("result.json", "w") as file:
        json.dump(result, file, indent=1)
    lines = [f"{{facts['state']}}. {{facts['message']}}"]
    for name, point in points.items():
        lines.append(f"- {{point['title']}}: {{point['state']}}")
        if point["state"] == "FAIL":
            lines += [f"  - expected: {{point['expected']}}",
                      f"  - hint: {{point['hint']}}"]
    with open("release-body.md", "w") as file:
        file.write("\\n".join(lines) + "\\n")
    if get("GITHUB_OUTPUT"):
        with open(get("GITHUB_OUTPUT"), "a") as file:
            file.write(f"status=graded\\nsummary={{result['score']}}/"
                       f"{{result['max-score']}}\\n")


main()
'''

ACTIONS = """\
# Grades each push: GitHub Actions, in the student's own repository (the
# folder that tools/lab start made). What a student may not change is not
# protected here: mark the patches with tools/lab mark.
name: lab {number}
on: push
jobs:
  grade:
    runs-on: ubuntu-latest
    container: debian:12
    steps:
      - run: |
          apt-get update
          apt-get install -y --no-install-recommends {apt}
      - uses: actions/checkout@v4
      - run: tools/lab grade --json result.json --junit report.xml
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: points
          path: |
            result.json
            report.xml
"""


def pack_tree(lab, folder):
    """A starter with one commit, which mark begins with."""
    course.start(lab, f"{folder}/tree")
    shutil.rmtree(f"{folder}/tree/.git/hooks", ignore_errors=True)


def script(path, text):
    course.write(path, text)
    os.chmod(path, 0o755)


def gradescope(lab, path):
    with tempfile.TemporaryDirectory() as folder:
        pack_tree(lab, folder)
        script(f"{folder}/setup.sh", SETUP)
        script(f"{folder}/run_autograder", RUN)
        course.write(f"{folder}/gradescope.py",
                     GRADESCOPE.format(number=lab.number))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for where, _, files in os.walk(folder):
                for name in sorted(files):
                    full = os.path.join(where, name)
                    out.write(full, os.path.relpath(full, folder))


def classroom50(lab, folder):
    os.makedirs(folder, exist_ok=True)
    pack_tree(lab, folder)
    course.write(f"{folder}/autograder.py", CLASSROOM.format(
        number=lab.number, points={name: point["weight"] for name, point in
                                   lab.points.items()}))
    course.write(f"{folder}/README.md", f"""# Lab {lab.number}: {lab.title}

Bundle for Classroom 50. In the assignment's `runtime` block:

    container: debian:12
    apt: {APT}

`allowed_files`: {' '.join(lab.change)}
""")


def export(args):
    if course.started():
        raise course.Trouble("call tools/lab export in the project's own tree")
    lab = course.find_lab(args.lab)
    made = []
    if args.gradescope:
        gradescope(lab, os.path.abspath(args.gradescope))
        made.append(args.gradescope)
    if args.classroom50:
        classroom50(lab, os.path.abspath(args.classroom50))
        made.append(args.classroom50)
    if args.actions:
        course.write(os.path.abspath(args.actions), ACTIONS.format(
            number=lab.number, apt=APT))
        made.append(args.actions)
    if not made:
        raise course.Trouble("which service? --gradescope FILE.zip, "
                             "--classroom50 DIR or --actions FILE.yml")
    print("\n".join(f"made {name}" for name in made))
