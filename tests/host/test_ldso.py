#!/usr/bin/python3
"""The dynamic linker, /lib/ld-colonel.so.1, on the host's Linux."""

import os
import re
import sys

from linking import (BUILD, LINKER, bindings, command, expect, expect_in,
                     run_tests, skip)

HELLO = """
#include <stdio.h>
int main(void) { printf("hello\\n"); return 0; }
"""
ANSWER = "int answer(void) { return 42; }"
ASK = """
#include <stdio.h>
int answer(void);
int main(void) { printf("%d\\n", answer()); return 0; }
"""


# ---- Programs ----------------------------------------------------------------

def test_pie(t):
    t.program("p", HELLO)
    t.prints("hello\n", "p")


def test_et_exec(t):
    t.program("p", HELLO, pie=False)
    expect_in("type", command("readelf", "-h", t.file("p")), "EXEC")
    t.prints("hello\n", "p")


def test_started_by_the_kernel(t):
    """By PT_INTERP instead of as a command, both kinds of program."""
    t.program("p", HELLO)
    t.prints("hello\n", "p", linker=False)
    t.program("q", HELLO, pie=False)
    t.prints("hello\n", "q", linker=False)


def test_arguments(t):
    t.program("p", """
#include <stdio.h>
extern char **environ;
int main(int argc, char **argv, char **envp)
{
	for (int i = 0; i <= argc; i++)
		printf("%s ", argv[i] ? argv[i] : "end");
	printf("%s %d\\n", envp[0], envp == environ);
	return 7;
}""")
    for linker in (True, False):
        expect("run", t.run("p", "a", "b c", linker=linker),
               (7, "./p a b c end LD_LIBRARY_PATH=. 1\n", ""))


def test_hosts_crt1(t):
    """gcc's own start files, with DT_INIT and weak references in them."""
    files = [command("gcc", f"-print-file-name={name}").strip()
             for name in ("Scrt1.o", "crti.o", "crtbeginS.o", "crtendS.o",
                          "crtn.o")]
    if not all(os.path.exists(file) for file in files):
        skip("no start files here")
    t.compile("p", HELLO, "-fPIE", "-pie", *files, "libc.so")
    t.prints("hello\n", "p")


def test_no_relocations_of_its_own_but_relative(_):
    types = set(re.findall(r"R_X86_64_\w+", command(
        "readelf", "-rW", f"{BUILD}/{LINKER}")))
    expect("types", types, {"R_X86_64_RELATIVE"})


# ---- Libraries and where they are --------------------------------------------

def test_library(t):
    t.library("liba.so", ANSWER)
    t.program("p", ASK, "liba.so")
    t.prints("42\n", "p")


def test_zeros_behind_data(t):
    """The rest of a page that begins with data, and whole pages."""
    t.library("liba.so", """
int data[3] = { 1, 2, 3 };
int zeros[3000];
int answer(void)
{
	int sum = data[0];
	for (int i = 0; i < 3000; i++)
		sum |= *(volatile int *)&zeros[i];
	return sum;
}""", "-g")
    t.program("p", ASK, "liba.so")
    t.prints("1\n", "p")


def test_vdso_without_asking_for_it(t):
    """It is in the link map though nobody needs it: last but for the linker."""
    t.library("liba.so", "int clock_gettime(int, long *); int answer(void)"
              "{ long t[2] = { 0 };"
              "return clock_gettime(1, t) + !(t[0] | t[1]); }")
    t.program("p", ASK, "liba.so", "-Wl,--allow-shlib-undefined")
    t.prints("0\n", "p")


def test_breadth_first(t):
    """p needs a and b, a needs c: b's definition comes before c's."""
    t.library("libc1.so", 'const char *who(void) { return "c"; }')
    t.library("libb.so", 'const char *who(void) { return "b"; }')
    t.library("liba.so", "const char *who(void);"
              "const char *ask(void) { return who(); }", "libc1.so")
    t.program("p", """
#include <stdio.h>
const char *ask(void);
int main(void) { printf("%s\\n", ask()); return 0; }
""", "-Wl,--no-as-needed", "liba.so", "libb.so")
    t.prints("b\n", "p")


def test_program_comes_first(t):
    """A program's own definition replaces the library's, there too."""
    t.library("liba.so", "int own(void) { return 1; }"
              "int answer(void) { return own(); }")
    t.program("p", ASK + "int own(void) { return 2; }", "liba.so")
    t.prints("2\n", "p")


def test_paths(t):
    """DT_RUNPATH, LD_LIBRARY_PATH before it, neither."""
    os.mkdir(t.file("one"))
    os.mkdir(t.file("two"))
    t.library("one/liba.so", ANSWER)
    t.library("two/liba.so", ANSWER.replace("42", "43"))
    t.program("p", ASK, "one/liba.so", f"-Wl,-rpath,/nowhere:{t.path}/one:.")
    t.prints("42\n", "p", LD_LIBRARY_PATH="")
    t.prints("43\n", "p", LD_LIBRARY_PATH="/none:two:.")
    t.program("q", ASK, "one/liba.so")
    t.refused("./q: needs liba.so, which is nowhere to be found", "q")


def test_one_file_under_two_names(t):
    """It is loaded once, and a name with a slash is a path."""
    t.compile("liba.so", says("a"), "-fPIC", "-shared")
    os.symlink("liba.so", t.file("other.so"))
    t.library("libb.so", ANSWER, "-Wl,--no-as-needed", "./other.so")
    expect_in("libb.so", command("readelf", "-dW", t.file("libb.so")),
              "[./other.so]")
    t.program("p", "int main(void) { return 0; }", "-Wl,--no-as-needed",
              "liba.so", "libb.so")
    t.prints("+a1-a.", "p")


def test_cycle(t):
    """Libraries that need each other."""
    t.library("liba.so", "int b(void); int a(void) { return 1; }"
              "int answer(void) { return b(); }")
    t.library("libb.so", "int a(void); int b(void) { return a() + 1; }",
              "liba.so")
    t.library("liba.so", "int b(void); int a(void) { return 1; }"
              "int answer(void) { return b(); }", "libb.so")
    t.program("p", ASK, "liba.so")
    t.prints("2\n", "p")


def test_set_user_id_takes_no_advice(t):
    t.library("liba.so", ANSWER)
    t.program("p", ASK, "liba.so")
    if os.geteuid():
        skip("only for root")
    os.chmod(t.path, 0o755)
    os.chown(t.file("p"), 65534, 65534)
    os.chmod(t.file("p"), 0o4755)
    os.chmod(t.file(LINKER), 0o755)
    if os.statvfs(t.path).f_flag & os.ST_NOSUID:
        skip("files here have no set-user-id bit")
    t.refused("nowhere to be found", "p", linker=False, LD_DEBUG="bindings")


# ---- Symbols, versions, hash tables ------------------------------------------

def test_hash_tables(t):
    t.program("p", ASK, t.library("liba.so", ANSWER))
    for style in ("gnu", "sysv", "both"):
        t.library("liba.so", ANSWER, f"-Wl,--hash-style={style}")
        t.prints("42\n", "p")


def test_many_symbols(t):
    """Each of 500, by each table."""
    names = range(500)
    source = "".join(f"int f{i}(void) {{ return {i}; }}\n" for i in names)
    for style in ("gnu", "sysv"):
        t.library("liba.so", source, f"-Wl,--hash-style={style}")
        t.program("p", "#include <stdio.h>\n" + "".join(
            f"int f{i}(void);\n" for i in names) + "int main(void) {\n"
            "int sum = 0;\n" + "".join(f"sum += f{i}();\n" for i in names) +
            'printf("%d\\n", sum); return 0; }', "liba.so")
        t.prints(f"{sum(names)}\n", "p")


def script(t, name, text):
    with open(t.file(name), "w", encoding="ascii") as file:
        file.write(text)
    return f"-Wl,--version-script,{name}"


def test_versions(t):
    """Programs of two ages each get their own version of a function."""
    t.library("liba.so", ANSWER, script(t, "v1", "V1 { answer; };"))
    t.program("old", ASK, "liba.so")
    t.library("liba.so", """
int answer_1(void) { return 1; }
int answer_2(void) { return 2; }
asm(".symver answer_1, answer@V1\\n.symver answer_2, answer@@V2");
""", script(t, "v2", "V1 { }; V2 { answer; } V1;"))
    t.program("new", ASK, "liba.so")
    t.prints("1\n", "old")
    t.prints("2\n", "new")


def test_no_version_asked(t):
    """It gets the newest, and so does a library that calls itself."""
    t.library("liba.so", ANSWER)
    t.program("p", ASK, "liba.so")
    t.library("liba.so", """
int own_1(void) { return 1; }
int own_2(void) { return 2; }
asm(".symver own_1, own@V1\\n.symver own_2, own@@V2");
int own(void);
int answer(void) { return own(); }
""", script(t, "v2", "V1 { answer; }; V2 { own; } V1;"))
    t.prints("2\n", "p")


def test_version_refused(t):
    t.library("liba.so", ANSWER, script(t, "v2", "V2 { answer; };"))
    t.program("p", ASK, "liba.so")
    t.library("liba.so", ANSWER, script(t, "v1", "V1 { answer; };"))
    t.refused("./p: undefined symbol: answer, version V2\n", "p")


def test_version_missing_at_all(t):
    """A library without versions satisfies everybody, as glibc has it."""
    t.library("liba.so", ANSWER, script(t, "v2", "V2 { answer; };"))
    t.program("p", ASK, "liba.so")
    t.library("liba.so", ANSWER)
    t.prints("42\n", "p")


def test_missing_symbol(t):
    t.library("liba.so", ANSWER)
    t.program("p", ASK, "liba.so")
    t.library("liba.so", "int other(void) { return 1; }")
    t.refused("./p: undefined symbol: answer\n", "p")


def test_missing_symbol_of_a_library(t):
    t.library("liba.so", "int inner(void);"
              "int answer(void) { return inner(); }")
    t.program("p", ASK, "liba.so", "-Wl,--unresolved-symbols=ignore-all")
    t.refused("./liba.so: undefined symbol: inner\n", "p")


def test_weak_undefined(t):
    t.program("p", """
#include <stdio.h>
__attribute__((weak)) int nobody(void);
extern __attribute__((weak)) int nothing;
int main(void) { printf("%d %d\\n", !nobody, !&nothing); return 0; }
""")
    t.prints("1 1\n", "p")


def test_debug_bindings(t):
    """glibc's own words for it, for the same kind of program."""
    source = ("#include <time.h>\nint main(void)"
              "{ struct timespec t; return clock_gettime(1, &t); }")
    with open(t.file("g.c"), "w", encoding="ascii") as file:
        file.write(source)
    command("gcc", "-o", "g", "g.c", "-Wl,--no-as-needed", "vdso.so",
            "-Wl,-z,now", folder=t.path)
    t.program("p", "int clock_gettime(int, void *);\nint main(void)"
              "{ long t[2]; return clock_gettime(1, t); }", "vdso.so")
    status, out, err = t.run("p", LD_DEBUG="bindings")
    expect("status, output", (status, out), (0, ""))
    ours = ("./p", "linux-vdso.so.1", "clock_gettime", "LINUX_2.6")
    expect_in("bindings", bindings(err), ours)
    expect_in("bindings", bindings(err), ("./p", "./libc.so",
                                          "__libc_start_main", ""))
    glibc = t.run("g", linker=False, LD_DEBUG="bindings")[2]
    expect_in("glibc's bindings", bindings(glibc), ("./g", *ours[1:]))


def test_show_auxv(t):
    """As glibc prints it, but for addresses and the newest names."""
    with open(t.file("g.c"), "w", encoding="ascii") as file:
        file.write("int main(void) { return 0; }")
    command("gcc", "-o", "g", "g.c", folder=t.path)
    t.program("p", "int main(void) { return 0; }")
    changing = re.compile(r"0x[0-9a-f]{5,}|(?<=PHNUM: )\s*\d+|\./\w$|"
                          r"AT_(RSEQ_\w+|\?\?\?).*", re.M)
    ours, theirs = (changing.sub("*", t.run(name, linker=False,
                                            LD_SHOW_AUXV="1")[1])
                    for name in "pg")
    expect("lines", ours.splitlines(), theirs.splitlines())


# ---- Relocations -------------------------------------------------------------

def test_copy(t):
    """The library sees what the program writes into its copy."""
    t.library("liba.so", "int value = 5, other = 7; int *p = &value;"
              "int answer(void) { return value * 10 + (p == &value); }")
    t.program("p", """
#include <stdio.h>
extern int value, other;
int answer(void);
int main(void)
{
	printf("%d %d ", value, other);
	value = 6;
	printf("%d\\n", answer());
	return 0;
}""", "liba.so", pie=False)
    expect_in("relocations", command("readelf", "-rW", t.file("p")),
              "R_X86_64_COPY")
    t.prints("5 7 61\n", "p")


def test_copy_of_another_size(t):
    """A library of today has a larger or smaller variable: the program's room
    is what it was linked for."""
    source = "int value[300] = { 1, 2, [2 ... 299] = 9 };"
    t.program("p", """
#include <stdio.h>
extern int value[2];
int behind[600];
int main(void)
{
	int sum = 0;
	for (int i = 0; i < 600; i++)
		sum += behind[i];
	printf("%d %d\\n", value[0] + value[1], sum);
	return 0;
}""", t.library("liba.so", "int value[2] = { 1, 2 };"), pie=False)
    t.prints("3 0\n", "p")
    t.library("liba.so", source)
    t.prints("3 0\n", "p")
    t.library("liba.so", "int value[1] = { 1 };")
    t.prints("1 0\n", "p")


IFUNC = """
static int one(void) { return 1; }
static int two(void) { return 2; }
static int chosen = 2;
static int *const where = &chosen;
static void *choose(void) { return *(int *volatile *)&where && chosen == 1
	? one : two; }
%sint answer(void) __attribute__((ifunc("choose")));
"""


def test_irelative(t):
    t.program("p", "#include <stdio.h>\n" + IFUNC % "static " +
              'int main(void) { printf("%d\\n", answer()); return 0; }')
    expect_in("relocations", command("readelf", "-rW", t.file("p")),
              "R_X86_64_IRELATIV")
    t.prints("2\n", "p")
    t.program("q", "#include <stdio.h>\n" + IFUNC % "static " +
              'int main(void) { printf("%d\\n", answer()); return 0; }',
              pie=False)
    t.prints("2\n", "q")


def test_ifunc_of_a_library(t):
    t.library("liba.so", IFUNC % "")
    t.program("p", ASK + "int (*pointer)(void) = answer;", "liba.so")
    t.prints("2\n", "p")


def test_pointers_with_addend(t):
    t.library("liba.so", "int array[4] = { 1, 2, 3, 4 };"
              "int *third = &array[2]; int answer(void) { return *third; }")
    t.program("p", ASK, "liba.so")
    t.prints("3\n", "p")


def test_relr_refused(t):
    """What our tools do not make, and no program here needs."""
    t.library("liba.so", "static int x; int *p[4] = { &x, &x, &x, &x };"
              "int answer(void) { return *p[0]; }",
              "-Wl,-z,pack-relative-relocs")
    t.program("p", ASK, "liba.so")
    t.refused("DT_RELR", "p")


def test_text_relocation_refused(t):
    t.library("liba.so", ANSWER + '\nasm(".text\\n.quad answer");',
              "-Wl,-z,notext")
    t.program("p", ASK, "liba.so")
    t.refused("not in a segment that can be written", "p")


def test_relro(t):
    """A table of constants is read-only; other data is not."""
    source = """
#include <stdio.h>
int x;
int *const table[600] = { &x };
int *data[600] = { &x };
int main(int argc, char **argv)
{
	int **volatile p = argc > 1 ? (int **)&table[9] : &data[9];
	*p = &x;
	printf("written\\n");
	return 0;
}"""
    t.program("p", source, "-Wl,-z,relro")
    t.prints("written\n", "p")
    expect("write to a constant", t.run("p", "table"), (139, "", ""))
    t.program("p", source, "-Wl,-z,norelro")
    t.prints("written\n", "p", "table")


# ---- Thread-local storage ----------------------------------------------------

TLS_LIBRARY = """
__thread int own = 11;
static __thread int local = 5;
static __thread long zeros[20];
static __thread __attribute__((aligned(64))) char aligned[64] = "aligned";
static int target;
__thread int *pointer = &target;
int answer(void)
{
	own++;
	local++;
	for (int i = 0; i < 20; i++)
		if (zeros[i])
			return -1;
	if ((unsigned long)aligned % 64 || aligned[0] != 'a')
		return -2;
	return pointer == &target ? own * 10 + local : -3;
}
"""
TLS_PROGRAM = """
#include <stdio.h>
extern __thread int own;
__thread int mine = 3;
static __thread char big[1000];
int answer(void);
int main(void)
{
	int first = answer();
	own = 50;
	big[999]++;
	printf("%d %d %d %d\\n", first, answer(), mine, big[999] + big[0]);
	return 0;
}
"""


def test_tls(t):
    """Both models of access, programs of both kinds, two modules."""
    for model, relocation in (("global-dynamic", "DTPMOD64"),
                              ("local-dynamic", "DTPMOD64"),
                              ("initial-exec", "TPOFF64")):
        t.library("liba.so", TLS_LIBRARY, f"-ftls-model={model}",
                  "-Wl,--unresolved-symbols=ignore-all")
        expect_in("relocations", command("readelf", "-rW",
                                         t.file("liba.so")), relocation)
        for pie in (True, False):
            t.program("p", TLS_PROGRAM, "liba.so",
                      "-Wl,--unresolved-symbols=ignore-all", pie=pie)
            t.prints("126 517 3 1\n", "p")


def test_stack_protector(t):
    """The canary is there, differs between runs, and a byte of it is 0."""
    t.program("p", """
#include <stdio.h>
int main(void)
{
	unsigned long canary;
	asm("mov %%fs:0x28, %0" : "=r"(canary));
	char volatile room[32];
	room[0] = canary;
	printf("%016lx\\n", canary);
	return room[0];
}""", "-fstack-protector-all")
    canaries = {t.run("p") for _ in range(3)}
    expect("runs that differ", len(canaries), 3)
    for status, out, err in canaries:
        expect("status, errors", (status, err), (0, ""))
        expect("last byte", out[14:], "00\n")


def test_stack_overwritten(t):
    t.program("p", """
int main(void)
{
	char volatile room[8];
	for (int i = 0; i < 64; i++)
		(&room[0])[i] = 1;
	return 0;
}""", "-fstack-protector-all", "-Wno-array-bounds", "-Wno-stringop-overflow")
    status, _, err = t.run("p")
    expect("status", status, 134)
    expect_in("stderr", err, "stack overwritten")


# ---- Constructors and destructors --------------------------------------------

def says(name):
    return f"""
#include <stdio.h>
__attribute__((constructor)) static void up(int argc, char **argv)
{{ printf("+{name}%d", argc); (void)argv; }}
__attribute__((destructor(201))) static void last(void) {{ printf("."); }}
__attribute__((destructor(202))) static void down(void) {{ printf("-{name}"); }}
int {name}(void) {{ return 0; }}
"""


def test_constructors(t):
    """Needed ones first, each once, then backwards; old-style ones too."""
    t.library("libd.so", says("d"))
    t.library("libb.so", says("b"), "-Wl,--no-as-needed", "libd.so")
    t.library("libc1.so", says("c") + """
void begin(void) { printf("(begin)"); }
void end(void) { printf("(end)"); }
""", "-Wl,--no-as-needed", "libd.so", "-Wl,-init,begin", "-Wl,-fini,end")
    t.program("p", says("a") + """
static void first(void) { printf("first"); }
__attribute__((section(".preinit_array"), used)) static void (*f)(void) = first;
int main(void) { printf(" main "); return 0; }
""", "-Wl,--no-as-needed", "libb.so", "libc1.so")
    t.prints("first+d1+b1(begin)+c1+a1 main -a.-c.(end)-b.-d.", "p")


def test_constructors_of_a_cycle(t):
    t.library("liba.so", says("a"))
    t.library("libb.so", says("b"), "-Wl,--no-as-needed", "liba.so")
    t.library("liba.so", says("a"), "-Wl,--no-as-needed", "libb.so")
    t.program("p", "int main(void) { return 0; }", "-Wl,--no-as-needed",
              "liba.so")
    t.prints("+b1+a1-a.-b.", "p")


# ---- Files that are no libraries ---------------------------------------------

def test_not_a_library(t):
    t.library("liba.so", ANSWER)
    t.program("p", ASK, "liba.so")
    good = open(t.file("liba.so"), "rb").read()
    for content, sentence in (
            (b"", "not an object for this machine"),
            (b"#!/bin/sh\n" * 100, "not an object for this machine"),
            (good[:4] + b"\1" + good[5:], "not an object for this machine"),
            (good[:100], "damaged: its program headers"),
            (good[:0x1000], "damaged: the file is too short")):
        with open(t.file("liba.so"), "wb") as file:
            file.write(content)
        t.refused(f"./liba.so: {sentence}\n", "p")


def test_too_many_libraries(t):
    names = [f"lib{i}.so" for i in range(70)]
    for name in names:
        t.library(name, "int x;")
    t.program("p", HELLO, "-Wl,--no-as-needed", *names)
    t.refused("more than 64 libraries", "p")


def test_no_program(t):
    t.refused("./none: cannot be opened", "none")
    status, _, err = t.run(LINKER, linker=False)
    expect("status", status, 127)
    expect_in("stderr", err, "usage: ld-colonel.so.1 PROGRAM")


def test_static_program_refused(t):
    t.compile("p", "void _start(void) { for (;;) ; }", "-static")
    t.refused("./p: not linked dynamically", "p")


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
