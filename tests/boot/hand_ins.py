"""tools/lab mark over hand-ins of lab 3: solutions in other words, wrong
answers, what does not build, and what is hostile, each to its own row. A few;
with SOAK=1 forty, among them kernels that hang or print for ever."""

import csv
import os
import shutil
import subprocess
import tempfile

from machine import check, main

SOAK = "SOAK" in os.environ
SOURCE = "kernel/process/vdso.c"
LAB = "labs/03-one-page-two-owners"
FAULT = "*frame = virt_to_phys(&vvar_k) +"
BOMB = "\n".join(f"#define B{n} B{n + 1} B{n + 1}" for n in range(40)) + \
    "\nB0\n"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class HandIns:
    """A folder of patches, each with the row that it must get."""

    def __init__(self, folder):
        self.folder, self.starter = folder, f"{folder}/starter"
        self.expected = {}
        subprocess.run(["tools/lab", "start", "3", self.starter], check=True,
                       stdout=subprocess.DEVNULL)
        self.solution = read(SOURCE)
        os.mkdir(f"{folder}/in")

    def path(self, name):
        return f"{self.folder}/in/{name}"

    def add_text(self, name, text, state, score=0):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        self.expected[name] = (state, score)

    def add(self, name, source, state, score=0):
        """As a student would: change the file, and tools/lab hand-in."""
        with open(f"{self.starter}/{SOURCE}", "w", encoding="utf-8") as file:
            file.write(source)
        self.add_text(name, subprocess.run(
            [f"{self.starter}/tools/lab", "hand-in"], check=True,
            cwd=self.starter, stdout=subprocess.PIPE).stdout.decode(), state,
            score)

    def mark(self):
        done = subprocess.run(
            ["tools/lab", "mark", "3", *map(self.path, sorted(self.expected)),
             "-j", "2", "--csv", f"{self.folder}/rows.csv", "--seed", "7"],
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        print("".join(f"# {line}\n" for line in done.stdout.splitlines()))
        with open(f"{self.folder}/rows.csv", encoding="utf-8") as file:
            return {row["hand-in"]: row for row in csv.DictReader(file)}


def solutions(hand_ins, count):
    for number in range(count):
        text = hand_ins.solution.replace("fault_vvar", f"page_{number}") \
            .replace("\t*owned = false;\n", "\t*owned = !1;\n\n")
        if number % 2:
            text = text.replace("\t", "    ")
        hand_ins.add(f"solution-{number}", text, "graded", 20)


def wrong(hand_ins, count):
    for name in sorted(os.listdir(f"{LAB}/mutants"))[:count]:
        folder = f"{hand_ins.folder}/mutant"
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.dirname(f"{folder}/{SOURCE}"))
        shutil.copy(SOURCE, f"{folder}/{SOURCE}")
        subprocess.run(["patch", "-s", "-p1", "-d", folder, "-i",
                        os.path.abspath(f"{LAB}/mutants/{name}")], check=True)
        hand_ins.add(f"wrong-{name}", read(f"{folder}/{SOURCE}"), "graded",
                     None)


def unbuilt(hand_ins, count):
    for number, more in enumerate((
            "int x = ;\n", '#include "/etc/passwd"\n', "int image_size;\n",
            '#include "no_such_file.h"\n', "#error no\n", "}\n",
            'asm(".incbin \\"/etc/shadow\\"");\n', BOMB,
            f'#include "{os.path.abspath("README.md")}"\n',
            "void vdso_patch(int x) { }\n")[:count]):
        hand_ins.add(f"unbuilt-{number}", hand_ins.solution + more,
                     "does not build")


def hostile(hand_ins):
    hand_ins.add("good", hand_ins.solution, "graded", 20)
    good = read(hand_ins.path("good"))
    header = f"diff --git a/{SOURCE} b/{SOURCE}\n"
    for name, text in (
            ("outside", good.replace(SOURCE, "../../etc/x.c")),
            ("grader", good.replace(SOURCE, f"{LAB}/grade.py")),
            ("absolute", good.replace(f"a/{SOURCE}", f"//tmp/{SOURCE}")),
            ("link", f"{header}new file mode 120000\n--- /dev/null\n"
                     f"+++ b/{SOURCE}\n@@ -0,0 +1 @@\n+/etc/passwd\n"),
            ("odd-name", good.replace(SOURCE, "kernel/process/$(id).c")),
            ("renamed", f"{header}similarity index 100%\nrename from {SOURCE}"
                        "\nrename to Makefile\n"),
            ("empty", ""), ("no-patch", "hello\n" * 1000),
            ("unfitting", good.replace("*frame", "*frames"))):
        hand_ins.add_text(name, text, "refused")
    os.symlink("/etc/passwd", hand_ins.path("a-link"))
    hand_ins.expected["a-link"] = ("refused", 0)
    if SOAK:
        hang = hand_ins.solution.replace(FAULT, f"for (;;)\n\t\t;\n\t{FAULT}")
        hand_ins.add("endless-loop", hang, "graded", 0)
        hand_ins.add("prints-for-ever", hang.replace(
            "for (;;)\n\t\t;", 'for (;;)\n\t\tkprintf("%1000d", 1);'),
            "graded", 0)


def test_hand_ins():
    with tempfile.TemporaryDirectory() as folder:
        hand_ins = HandIns(folder)
        solutions(hand_ins, 10 if SOAK else 1)
        wrong(hand_ins, 10 if SOAK else 1)
        unbuilt(hand_ins, 10 if SOAK else 3)
        hostile(hand_ins)
        rows = hand_ins.mark()
        for name, (state, score) in sorted(hand_ins.expected.items()):
            row = rows.get(name, {"state": "no row", "score": "-1"})
            seen = (row["state"], int(row["score"]))
            if score is None:       # some of the points, not all
                check(f"{name} has a row of its own",
                      seen[0] == state and 0 <= seen[1] < 20, True)
            else:
                check(f"{name} has a row of its own", seen, (state, score))


main(test_hand_ins)
