"""The points of lab 7: the library as readelf sees it, the number as programs
see it, and how often the emulator saw the kernel entered."""

import re
import subprocess
import tempfile

NAMES = ("number_of_the_beast", "__vdso_number_of_the_beast")
INT80 = 0x80 * 16       # bytes from trap_stubs to the stub of vector 0x80
CALLS = 100000
LIBRARY = "int number_of_the_beast(void) { return 42; }\n"
VERSION = "LINUX_2.6 { global: number_of_the_beast; local: *; };\n"
PROGRAM = """#include <stdio.h>
int number_of_the_beast(void);
int main(void)
{
	printf("His number is %d\\n", number_of_the_beast());
	return 0;
}
"""


def any_number(t):
    """None that reads as an errno; of either sign, too wide for 16 bits."""
    sign = t.random.choice((1, -1))
    t.drawn["vnotb"] = sign * t.random.randint(70000, 2000000000)
    return t.drawn["vnotb"]


def point_exported(t):
    """Functions of both names, version LINUX_2.6, in the image."""
    listing = subprocess.run(
        ["readelf", "-W", "--dyn-syms", f"{t.build}/vdso.so"], check=True,
        stdout=subprocess.PIPE).stdout.decode()
    for name in NAMES:
        t.require(re.search(rf"\bFUNC +(GLOBAL|WEAK) +DEFAULT +\d+ "
                            rf"{name}@@LINUX_2\.6$", listing, re.M),
                  f"a function {name}@@LINUX_2.6 in build/vdso.so", listing)


def point_value(t):
    """It returns the number that the kernel was started with."""
    for _ in range(2):
        number = any_number(t)
        ended = t.run("-append", f"vnotb={number}", *t.add("beast"),
                      "beast", "value")
        t.require(ended.output == f"{number}\n", number, ended.story())


def point_no_trap(t):
    """Between two places of the program no system call is executed."""
    kernel = t.machine().kernel
    marker = t.program_symbols("beast")["grader_looks"]
    doors = (kernel["syscall_entry"], kernel["trap_stubs"] + INT80)
    ranges = ",".join(f"{address:#x}+1" for address in (marker, *doors))
    with tempfile.NamedTemporaryFile("r", errors="replace") as log:
        ended = t.run("-qemu", f"-d exec,cpu,nochain -dfilter {ranges} "
                      f"-D {log.name}", *t.add("beast"), "beast", "loop",
                      str(CALLS))
        t.ends_well(ended)
        passed = [(int(place, 16), space) for place, space in re.findall(
            r"\[[0-9a-f]+/([0-9a-f]+)/.*?\bCR3=([0-9a-f]+)", log.read(),
            re.S)]
    looks = [at for at, (place, _) in enumerate(passed) if place == marker]
    t.require(len(looks) == 2, "the program gets from one look to the other",
              f"{len(looks)} looks; {ended.story()}")
    # Other processes' entries are not the program's: its CR3 tells.
    space = passed[looks[0]][1]
    entries = sum(place in doors and whose == space
                  for place, whose in passed[looks[0]:looks[1]])
    t.require(entries == 0, f"{CALLS} calls enter the kernel 0 times",
              f"{entries} times")


def point_live(t):
    """The program sees another number two ticks after the kernel has it."""
    first, then = any_number(t), t.draw("then", 70000, 2000000000)
    marker = t.program_symbols("beast")["grader_looks"]
    with t.machine("-append", f"vnotb={first}", *t.add("beast"), "beast",
                   "watch") as machine:
        machine.run_to(marker)
        machine.write(machine.kernel["vnotb"], then.to_bytes(4, "little"))
        ended = machine.end()
    found = t.prints(ended, r"^(-?\d+) became (-?\d+) after (\d+) ns at "
                     r"(\d+) ticks", f"{first} became {then}")
    t.require((int(found[1]), int(found[2])) == (first, then),
              f"{first} became {then}", ended.output)
    ticks = int(found[3]) * int(found[4]) / 1e9
    t.require(ticks <= 2, "after two ticks at most", f"{ticks:.1f} ticks")


def point_whose(t):
    """A program linked with a vDSO that says 42 prints the kernel's number."""
    number = any_number(t)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("library.c", LIBRARY), ("version", VERSION),
                           ("program.c", PROGRAM)):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        for words in (["-shared", "-fPIC", "-nostdlib", "library.c",
                       "-Wl,-soname,linux-vdso.so.1",
                       "-Wl,--version-script,version", "-o", "vdso.so"],
                      ["program.c", "vdso.so", "-o", "program"]):
            subprocess.run(["gcc", *words], cwd=folder, check=True)
        ended = t.run("-append", f"vnotb={number}", "-add-with-libs",
                      f"{folder}/program:/bin/program", "program")
    t.require(ended.output == f"His number is {number}\n",
              f"His number is {number}", ended.story())
