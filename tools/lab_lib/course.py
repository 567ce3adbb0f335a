"""The labs as they stand in labs/, and trees made of them.

A starter is the core of the kernel with the holes of one lab, in a fresh
repository: nothing else of this tree goes into it, so that no solution does.
"""

import fnmatch
import glob
import json
import os
import re
import shutil
import subprocess
import tomllib

from lab_lib import source

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
# What a starter gets of the tree. Folders end in "/".
CORE = ("Makefile", ".gitignore", ".clang-format", "LICENSE", "boot/",
        "linker/", "vdso/", "kernel/", "user/", "tools/", "labs/README.md",
        "labs/labs.mk", "labs/grader.h")
NOT_CORE = ("kernel/optional/", "user/ldso/", "user/libc/", "user/article/",
            "user/dynamic.mk", "tools/see", "tools/bench", "tools/cost",
            "tools/cross", "tools/variant", "tools/lint", "tools/profile",
            "tools/lab_lib/proving.py", "tools/lab_lib/exporting.py")
# And of the folder of a lab. Neither holes, mutants nor answers.
OF_LAB = ("handout.md", "lab.toml", "grade.py", "programs/*", "figure.svg")
STATE = "labs/started.json"     # in a starter: which lab, whose solutions
GIT = ("git", "-c", "user.name=Colonel", "-c", "user.email=labs@localhost",
       "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null",
       "-c", "core.autocrlf=false")


class Trouble(Exception):
    """A sentence for the person who called."""


class Lab:
    """What labs/NN-name/lab.toml says."""

    def __init__(self, folder):
        self.folder = folder
        self.name = os.path.basename(folder)
        self.number = self.name.split("-")[0].lstrip("0") or "0"
        with open(f"{folder}/lab.toml", "rb") as file:
            facts = tomllib.load(file)
        self.title, self.level = facts["title"], facts["level"]
        self.hours, self.needs = facts["hours"], facts["needs"]
        self.change = facts["change"]
        self.uses = facts.get("uses", [])       # more of the tree than CORE
        self.holes = self.read_holes()
        self.points = {point["name"]: point for point in facts["point"]}

    def read_holes(self):
        """What goes from the solution; a starter does not have this file."""
        try:
            with open(f"{self.folder}/holes.toml", "rb") as file:
                return tomllib.load(file)
        except OSError:
            return {}

    def may_change(self, path):
        return any(fnmatch.fnmatchcase(path, pattern)
                   for pattern in self.change)

    def programs(self, build):
        """What make has to build for the graders."""
        return [f"{build}/labs/{self.name}/programs/"
                f"{os.path.basename(name)[:-2]}" for name in
                sorted(glob.glob(f"{self.folder}/programs/*.c"))]

    def mutants(self):
        return sorted(glob.glob(f"{self.folder}/mutants/*.patch"))


def all_labs(root=ROOT):
    """The labs of a tree, in their order."""
    folders = [os.path.dirname(path) for path in
               glob.glob(f"{root}/labs/*/lab.toml")]
    return [Lab(folder) for folder in sorted(folders)]


def find_lab(number, root=ROOT):
    for lab in all_labs(root):
        if number in (lab.number, lab.name):
            return lab
    raise Trouble(f"there is no lab {number}: tools/lab list names them")


def started(root=ROOT):
    """What a starter is of: {"lab": N, "from": [N…]}; None: not a starter."""
    try:
        with open(f"{root}/{STATE}", encoding="utf-8") as file:
            return json.load(file)
    except OSError:
        return None


def matches(name, wanted):
    return any(name == word or word.endswith("/") and name.startswith(word)
               for word in wanted)


def tree_files(lab, root=ROOT):
    """The names of what goes into a starter of this lab, without holes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root,
        check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
    names = [name for name in listed
             if matches(name, CORE) and not name.startswith(NOT_CORE) or
             matches(name, lab.uses)]
    for known in all_labs(root):
        if known.name <= lab.name:
            names += [name for name in listed for pattern in OF_LAB
                      if fnmatch.fnmatch(name, f"labs/{known.name}/{pattern}")]
    return sorted({name for name in names
                   if os.path.isfile(f"{root}/{name}")})


def write(path, text):
    """A file with this content; one that has it already keeps its date."""
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    except OSError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def copy_tree(lab, target, root=ROOT):
    """The tree with the lab solved, and no file that it does not have."""
    names = tree_files(lab, root)
    for name in names:
        write(f"{target}/{name}", read(f"{root}/{name}"))
        shutil.copymode(f"{root}/{name}", f"{target}/{name}")
    for folder, folders, files in os.walk(target):
        folders[:] = [name for name in folders
                      if os.path.join(folder, name) not in
                      (f"{target}/build", f"{target}/.git")]
        for name in files:
            path = os.path.join(folder, name)
            if os.path.relpath(path, target) not in names:
                os.remove(path)


def dig(lab, target):
    """Makes the holes of a lab in a tree that has its solution."""
    try:
        for name in lab.holes.get("files", []):
            os.remove(f"{target}/{name}")
        for name, lines in lab.holes.get("lines", {}).items():
            text = read(f"{target}/{name}")
            for line in lines:
                text = source.remove_line(text, line, name)
            write(f"{target}/{name}", text)
        for name, pairs in lab.holes.get("change", {}).items():
            text = read(f"{target}/{name}")
            for old, new in pairs:
                text = source.change_line(text, old, new, name)
            write(f"{target}/{name}", text)
        for name, functions in lab.holes.get("remove", {}).items():
            text = read(f"{target}/{name}")
            for function in functions:
                text = source.remove(text, function, name)
            write(f"{target}/{name}", text)
    except (OSError, source.NotFound) as error:
        raise Trouble(f"lab {lab.number}: its holes do not fit the tree: "
                      f"{error}") from None
    fill(lab, target)


def fill(lab, target):
    """Puts the files of holes/ over the tree, by the names of functions; a
    file that is not there is new, and a patch is applied."""
    holes = f"{lab.folder}/holes"
    for folder, _, files in sorted(os.walk(holes)):
        for file in sorted(files):
            name = os.path.relpath(os.path.join(folder, file), holes)
            if name.endswith(".patch"):
                apply_patch(f"{holes}/{name}", target)
                continue
            try:
                if os.path.exists(f"{target}/{name}"):
                    write(f"{target}/{name}", source.fill(
                        read(f"{target}/{name}"), read(f"{holes}/{name}"),
                        name))
                else:
                    write(f"{target}/{name}", read(f"{holes}/{name}"))
            except source.NotFound as error:
                raise Trouble(f"lab {lab.number}: its holes do not fit the "
                              f"tree: {error}") from None


def apply_patch(patch, target):
    """Raises Trouble if it does not apply as a whole."""
    done = subprocess.run(
        ["patch", "-s", "-f", "-p1", "--no-backup-if-mismatch", "-i",
         os.path.abspath(patch)], cwd=target, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Trouble(f"{os.path.basename(patch)} does not apply: "
                      f"{done.stdout.strip()}")


def git(target, *words):
    environment = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null",
                       GIT_CONFIG_SYSTEM="/dev/null", LC_ALL="C")
    done = subprocess.run([*GIT, *words], cwd=target, check=False,
                          env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode:
        raise Trouble(f"git {words[0]}: "
                      f"{done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace")


def make_starter(lab, target, state=None):
    """The starter's files, without a repository."""
    copy_tree(lab, target)
    dig(lab, target)
    write(f"{target}/{STATE}", json.dumps(
        state or {"lab": lab.number, "from": []}) + "\n")


def start(lab, target, previous=None):
    """A starter in a new folder, as a repository with one commit."""
    if os.path.exists(target) and os.listdir(target):
        raise Trouble(f"{target} is there already, and not empty")
    if previous:
        make_from(lab, target, previous)
    else:
        make_starter(lab, target)
    git(target, "init", "-q", "-b", "main")
    git(target, "add", "-A")
    git(target, "commit", "-q", "-m", f"Lab {lab.number}: {lab.title}")


def make_from(lab, target, previous):
    """A starter in which the labs before are solved as they are in another
    starter's folder: three versions of each file are merged, the holes of the
    old lab, those of both labs, and what the student wrote."""
    state = started(previous)
    if not state:
        raise Trouble(f"{previous} is no folder that tools/lab start made")
    done = [*state["from"], state["lab"]]
    if lab.number in done:
        raise Trouble(f"lab {lab.number} is solved in {previous} already")
    make_starter(lab, target, {"lab": lab.number, "from": done})
    import tempfile
    with tempfile.TemporaryDirectory() as base:
        copy_tree(lab, base)
        for number in done:
            for tree in (base, target):
                dig(find_lab(number), tree)
        for name in changed_names(base, previous, done):
            merge(f"{target}/{name}", f"{base}/{name}", f"{previous}/{name}",
                  name)


def changed_names(base, previous, numbers):
    """The files that labs with these numbers let one change."""
    labs = [find_lab(number) for number in numbers]
    names = set()
    for tree in (base, previous):
        for folder, _, files in os.walk(tree):
            for file in files:
                name = os.path.relpath(os.path.join(folder, file), tree)
                if any(lab.may_change(name) for lab in labs):
                    names.add(name)
    return sorted(names)


def merge(ours, base, theirs, name):
    """The three-way merge of one file, into `ours`."""
    if not os.path.exists(theirs):
        return
    if not os.path.exists(base) or not os.path.exists(ours):
        write(ours, read(theirs))
        return
    done = subprocess.run(["git", "merge-file", "-q", ours, base, theirs],
                          check=False)
    if done.returncode:
        raise Trouble(f"{name}: what you wrote there and the new lab's hole "
                      "meet; start without --from, or copy it by hand")


def natural(name):
    return [int(part) if part.isdigit() else part
            for part in re.split(r"(\d+)", name)]
