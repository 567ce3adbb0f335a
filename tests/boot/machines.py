"""Each kind of machine that must boot: tests/boot/machines.table says which.

Without an argument: a choice in which every pair of values of two axes occurs,
the features one by one, and the extra machines; notb prints the number there.
"all": every machine of the table, each CPU model that QEMU has, and on each of
these the guest tests named in $GUEST_TESTS. Two machines run at a time.
"""

import concurrent.futures
import itertools
import os
import re
import shlex
import subprocess
import sys

from machine import BEAST, BUILD, check, contains, main, tools_run

TABLE = "tests/boot/machines.table"
AT_ONCE = 2
SORRY = b"Colonel cannot go on: it needs a CPU with"


class Table:
    """What is in the file."""

    def __init__(self, path):
        self.axes, self.never = {}, []
        self.without, self.extra, self.refused = [], {}, []
        with open(path, encoding="utf-8") as file:
            for line in file:
                words = shlex.split(line, comments=True)
                if words:
                    getattr(self, "read_" + words[0])(*words[1:])

    def read_axis(self, axis, value, *options):
        self.axes.setdefault(axis, {})[value] = list(options)

    def read_never(self, axis, value, other_axis, other_value):
        self.never.append({(axis, value), (other_axis, other_value)})

    def read_without(self, *features):
        self.without += features

    def read_extra(self, name, *options):
        self.extra[name] = list(options)

    def read_refused(self, *models):
        self.refused += models

    def possible(self, machine):
        """A machine is one value of each axis: a set of (axis, value)."""
        return not any(pair <= set(machine) for pair in self.never)

    def machines(self):
        values = [[(axis, value) for value in self.axes[axis]]
                  for axis in self.axes]
        return [m for m in itertools.product(*values) if self.possible(m)]

    def pairwise(self):
        """Machines that hold all pairs: each next one holds the most that
        are still missing."""
        machines = self.machines()
        missing = {pair for m in machines
                   for pair in itertools.combinations(m, 2)}
        chosen = []
        while missing:
            best = max(machines, key=lambda m: len(
                missing & set(itertools.combinations(m, 2))))
            chosen.append(best)
            missing -= set(itertools.combinations(best, 2))
        return chosen

    def options(self, machine):
        return [word for axis, value in machine
                for word in self.axes[axis][value]]


def run(job):
    name, options, program = job
    return name, tools_run("-timeout", "120", *options, "--", *program)


def run_all(jobs, judge):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for name, done in pool.map(run, jobs):
            judge(name, done)


def judge_notb(name, done):
    check(name, (done.returncode, done.stdout, done.stderr),
          (0, BEAST + b"\n", b""))


def judge_guest(name, done):
    check(name, (done.returncode,
                 [line for line in done.stdout.splitlines()
                  if line.startswith(b"not ok")]), (0, []))


def label(machine):
    return " ".join(value for _, value in machine)


def cpu(model):
    return ["-qemu", f"-cpu {model}"]


def models(table):
    """QEMU's CPU models of 64 bits; "host" is not for emulation."""
    text = subprocess.run(["qemu-system-x86_64", "-cpu", "help"], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    names = re.findall(r"^x86 (\S+)", text, flags=re.M)
    return [n for n in names
            if re.sub(r"-v\d+$", "", n) not in table.refused + ["host"]]


def guest_jobs(name, options):
    for program in os.environ.get("GUEST_TESTS", "").split():
        yield (f"{name}: {program}",
               [*options, "-add", f"{BUILD}/tests/guest/{program}"], [program])


def test_machines():
    everything = sys.argv[1:] == ["all"]
    table = Table(TABLE)
    notb = ["notb"]
    jobs = [(label(m), table.options(m), notb)
            for m in (table.machines() if everything else table.pairwise())]
    jobs += [(f"without {f}", cpu(f"max,-{f}"), notb) for f in table.without]
    jobs += [(name, o, notb) for name, o in table.extra.items()]
    if everything:
        jobs += [(f"model {m}", cpu(m), notb) for m in models(table)]
    run_all(jobs, judge_notb)
    if everything:
        run_all([job for m in models(table)
                 for job in guest_jobs(f"model {m}", cpu(m))], judge_guest)


def test_refused():
    for model in Table(TABLE).refused:
        done = tools_run("-timeout", "20", *cpu(model),
                         "-qemu", "-append panic=poweroff", "notb")
        check(f"refused {model}", done.stderr, SORRY, contains)


main(test_machines, test_refused)
