"""Broken vDSOs, and what becomes of the programs that use them.

    tests/boot/gallery.py           a part of it: docs/gallery.md must be right
    tests/boot/gallery.py -write    all of it, and docs/gallery.md written anew

Each variant, tests/variants/gallery-NAME.patch, breaks one rule. It is built,
tools/vdso-check must name that rule and no other, a kernel is linked with it,
and a machine runs every consumer (tests/gallery): programs of glibc and musl,
dynamic and static, one that was linked with the image, of Go, and a finder like
Linux's parse_vdso. gdb steps through the image on Linux.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from machine import BUILD, GDB, check, main, tools_run

FOLDER = "tests/gallery"
DOCUMENT = "docs/gallery.md"
# For `make test`: a crash, a reader that finds nothing, one that is misled.
PART = ("gnu-hash-only", "writable-dynamic", "not-implemented")
LIMIT = 50              # instructions that gdb steps
COLUMNS = ("linked", "glibc dynamic", "glibc static", "musl dynamic",
           "musl static", "Go", "parse_vdso", "gdb")
SHIPPED = "as shipped"


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout[-1500:]}")
    return done.stdout


# ---- The consumers -----------------------------------------------------------

def build_consumers(folder):
    """{column: program}, without those that this host cannot build."""
    programs = {"parse_vdso": f"{BUILD}/{FOLDER}/finder"}
    for library, compiler in (("glibc", "gcc"), ("musl", "musl-gcc")):
        for way in ("dynamic", "static"):
            if shutil.which(compiler):
                program = f"{folder}/{library}-{way}"
                run(compiler, "-O1", *(["-static"] if way == "static" else []),
                    "-o", program, f"{FOLDER}/consumer.c")
                programs[f"{library} {way}"] = program
    programs["linked"] = f"{folder}/linked"
    run("gcc", "-o", programs["linked"], f"{FOLDER}/linked.c",
        f"{BUILD}/vdso.so")
    if shutil.which("go"):
        programs["Go"] = f"{folder}/go"
        run("go", "build", "-o", programs["Go"], f"{FOLDER}/consumer.go",
            env=dict(os.environ, CGO_ENABLED="0", HOME=folder,
                     GOCACHE=f"{folder}/cache"))
    run("gcc", "-g", "-O1", "-o", f"{folder}/in_gdb", f"{FOLDER}/in_gdb.c")
    return programs


def boot(build, programs):
    """What each program printed in a machine with that kernel, and its end."""
    adds, paths = [], {}
    for column, program in programs.items():
        paths[column] = f"/bin/{os.path.basename(program)}"
        kind = "-add-with-libs" if "dynamic" in column or \
            column == "linked" else "-add"
        adds += [kind, f"{program}:{paths[column]}"]
    done = tools_run("-build", build, "-deterministic", "-limit", "20", *adds,
                     "-add", f"{BUILD}/{FOLDER}/each", "each",
                     *paths.values())
    said = done.stdout.decode(errors="replace")
    return {column: in_words(*found.groups()) if (found := re.search(
        rf"begin {path}\n(.*?)end {path} (\w+)=(\d+)", said, re.S)) else
        "never ends" for column, path in paths.items()}


def in_words(output, end, number):
    """One cell of the table."""
    ways = dict(re.findall(r" ([\w.]+)=(\w+)", output))
    if end == "signal":
        return "**SIGSEGV**" if number == "11" else f"**signal {number}**"
    if not ways:
        return "**does not start**"     # the loader said why
    if number != "0":
        return f"**exit status {number}**"
    wrong = [name for name, way in ways.items() if way == "wrong"]
    if wrong:
        return "**wrong**: " + ", ".join(wrong)
    by_call = [name for name, way in ways.items() if way == "call"]
    if not by_call:
        return "works"
    return "system calls" if len(by_call) == len(ways) else \
        "system calls: " + ", ".join(by_call)


def in_gdb(image, folder):
    """Whether gdb names the function, and its caller at each instruction."""
    offset = function_offset(image)
    commands = ["set pagination off", "set confirm off", "break ask", "run",
                "add-symbol-file-from-memory image"]
    loop = (f"set $n = 0\nwhile $n < {LIMIT} && $pc != 0\nstepi\n"
            f"if $pc >= (long)image && $pc < (long)image + {65536}\n"
            "printf \"AT %d\\n\", $n\nbacktrace 8\nend\nset $n = $n + 1\nend\n")
    script = f"{folder}/script"
    with open(script, "w", encoding="utf-8") as file:
        file.write("\n".join(commands) + "\n" + loop)
    done = subprocess.run(
        [*GDB, "-ex", "set disable-randomization on", "-x", script, "--args",
         f"{folder}/in_gdb", image, hex(offset)], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False, timeout=120)
    places = re.split(r"^AT \d+$", done.stdout, flags=re.M)[1:]
    named = [p for p in places
             if re.search(r"^#0 .*\b(__vdso_|gettimeofday)", p, re.M)]
    called = [p for p in places if " ask " in p and " main " in p]
    if not places:
        return "**never stops in it**"
    if len(called) < len(places):
        return "**callers lost**" if named else "**no names, callers lost**"
    return "works" if named else "no names"


def function_offset(image):
    """Where __vdso_gettimeofday is, whatever the image's tables are like: as
    the linker placed it."""
    listing = run("nm", f"{image}.dbg")
    return int(re.search(r"^(\w+) \w __vdso_gettimeofday", listing,
                         re.M)[1], 16)


# ---- The variants ------------------------------------------------------------

def variants():
    """{name: (description, the rule that it breaks)}."""
    found = {}
    for path in sorted(glob.glob("tests/variants/gallery-*.patch")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        found[path[len("tests/variants/gallery-"):-len(".patch")]] = (
            text.split("\nBreaks: ")[0].replace("\n", " "),
            re.search(r"^Breaks: (.*)$", text, re.M)[1])
    return found


def build_variant(name, folder):
    run("tools/variant", f"gallery-{name}", folder, "-s", "UNCHECKED=1",
        "vdso")
    link_kernel(folder)
    return f"{folder}/vdso.so"


def link_kernel(folder):
    """The kernel as it was built, but with the image of this folder."""
    with open(f"{BUILD}/parts", encoding="utf-8") as file:
        objects = file.read().split("\n")[1].split()
    image = next(o for o in objects if o.endswith("/vdso_image.o"))
    run("nasm", "-f", "elf64", "-I", f"{folder}/", "-o", f"{folder}/image.o",
        "kernel/process/vdso_image.asm")
    run("ld", "-nostdlib", "-static", "-z", "max-page-size=4096", "-z",
        "noexecstack", "-T", f"{BUILD}/linker/kernel.lds", "-o",
        f"{folder}/colonel.elf", f"{folder}/image.o",
        *(o for o in objects if o != image), f"{BUILD}/ksyms1.o")
    shutil.copy(f"{BUILD}/initrd.cpio", folder)


def row(name, programs, folder):
    """(the rules that the checker names, {column: what happens})."""
    build, image = BUILD, f"{BUILD}/vdso.so"
    if name != SHIPPED:
        build = f"{folder}/{name}"
        image = build_variant(name, build)
    checked = subprocess.run(["tools/vdso-check", "-quiet", image],
                             stdout=subprocess.PIPE, text=True, check=False)
    cells = boot(build, programs)
    cells["gdb"] = in_gdb(image, folder)
    return " ".join(re.findall(r"^BROKEN  (\S+)$", checked.stdout, re.M)), \
        cells


def line(name, rule, cells):
    return f"| {name} | {rule} | " + " | ".join(
        cells.get(column, "") for column in COLUMNS) + " |"


# ---- The test, and the document ----------------------------------------------

def test_part():
    """Some rows of the document, as they are seen now."""
    with open(DOCUMENT, encoding="utf-8") as file:
        document = file.read()
    with tempfile.TemporaryDirectory() as folder:
        programs = build_consumers(folder)
        for name in (SHIPPED, *PART):
            rule = variants()[name][1] if name != SHIPPED else ""
            broken, cells = row(name, programs, folder)
            check(f"{name}: the checker names its rule", broken, rule)
            written = re.search(rf"^\| {name} \|.*$", document, re.M)
            known = dict(zip(COLUMNS, written[0].split(" | ")[2:]))
            known["gdb"] = known["gdb"].rstrip(" |")
            for column in (c for c in COLUMNS if c in cells):
                check(f"{name}: {column}", cells[column], known[column])


def test_all_are_there():
    """Each variant has its row."""
    with open(DOCUMENT, encoding="utf-8") as file:
        names = re.findall(r"^\| ([\w-]+) \| [\w-]+ \| ", file.read(), re.M)
    names.remove("variant")
    check("the document's rows are the variants", sorted(names),
          sorted(variants()))


def write():
    """All rows, into the document between its two marks."""
    lines = ["| variant | rule | " + " | ".join(COLUMNS) + " |",
             "|---" * (len(COLUMNS) + 2) + "|"]
    with tempfile.TemporaryDirectory() as folder:
        programs = build_consumers(folder)
        for name, rule in [(SHIPPED, "")] + [(n, v[1]) for n, v in
                                             variants().items()]:
            broken, cells = row(name, programs, folder)
            lines.append(line(name, rule, cells))
            print(lines[-1], flush=True)
            if broken != rule:
                sys.exit(f"{name}: the checker names {broken}, not {rule}")
    with open(DOCUMENT, encoding="utf-8") as file:
        before, _, rest = file.read().partition("<!-- table -->\n")
    after = rest.partition("<!-- end -->")[2]
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(before + "<!-- table -->\n" + "\n".join(lines) +
                   "\n<!-- end -->" + after)


if sys.argv[1:] == ["-write"]:
    write()
else:
    main(test_all_are_there, test_part)
