"""What the tests of dynamic linking share: a folder with the products in it,
the compiler, a way to run a program, and TAP.

A test is a function whose name begins with test_; it raises Failure or calls
skip(). Programs and libraries are built from C in the test by the host's
compiler, with our crt1.o, libc.so and vdso.so, and run by our dynamic linker,
which is called as a command.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = os.path.realpath(os.environ.get("BUILD", "build"))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
LINKER = "ld-colonel.so.1"
FLAGS = ["-std=gnu11", "-O1", "-Wall", "-nostdlib", "-ffreestanding",
         "-isystem", f"{ROOT}/user/libc/include", "-fno-stack-protector",
         "-Wl,-z,now"]


class Failure(Exception):
    """What was expected and what was seen."""


class Skip(Exception):
    """Why a test cannot be made here."""


def skip(why):
    raise Skip(why)


def expect(what, seen, expected):
    if seen != expected:
        raise Failure(f"{what}: expected {expected!r}, saw {seen!r}")


def expect_in(what, seen, part):
    if part not in seen:
        raise Failure(f"{what}: expected {part!r} in {seen!r}")


def command(*words, folder=ROOT):
    """Runs a tool that must succeed; what it prints."""
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        raise Failure(f"{' '.join(words)}: {output}")
    return output


class Folder:
    """Where a test builds; it holds libc.so and vdso.so to link with."""

    recorder = None     # called with what was run and what came of it

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="colonel-")
        for name in (LINKER, "libc.so", "vdso.so"):
            shutil.copy(f"{BUILD}/{name}", self.path)

    def file(self, name):
        return os.path.join(self.path, name)

    def remove(self):
        shutil.rmtree(self.path)

    def compile(self, name, source, *flags):
        path = self.file(name + ".c")
        with open(path, "w", encoding="ascii") as file:
            file.write(source)
        command("gcc", *FLAGS, "-o", name, path, *flags, folder=self.path)
        return name

    def library(self, name, source, *flags):
        return self.compile(name, source, "-fPIC", "-shared",
                            f"-Wl,-soname,{os.path.basename(name)}", *flags)

    def program(self, name, source, *flags, pie=True):
        crt1 = f"{BUILD}/pic/user/libc/crt1.o"
        kind = ("-fPIE", "-pie") if pie else ("-fno-pie", "-no-pie")
        return self.compile(
            name, source, *kind, crt1, *flags, "libc.so",
            "-Wl,-rpath-link,.", f"-Wl,-dynamic-linker,{self.file(LINKER)}")

    def run(self, *words, linker=True, vdso=None, **environment):
        """(status, stdout, stderr); 128 + N for signal N."""
        env = {"LD_LIBRARY_PATH": ".", **environment}
        words = ("./" + words[0], *words[1:])
        if linker:
            words = ("./" + LINKER, *words)
        if vdso:
            words = (f"{BUILD}/tests/host/with_vdso", vdso, *words)
        done = subprocess.run(
            words, cwd=self.path, env=env, timeout=20, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        status = done.returncode
        result = (128 - status if status < 0 else status,
                  done.stdout.decode(errors="replace"),
                  done.stderr.decode(errors="replace"))
        if self.recorder and linker and not vdso:
            self.recorder(self.path, words[1:], environment, result)
        return result

    def prints(self, expected, *words, **options):
        """The program must print this and succeed."""
        expect(" ".join(words), self.run(*words, **options),
               (0, expected, ""))

    def refused(self, sentence, *words, **options):
        """The linker must end with one line that has `sentence`, and 127."""
        status, out, err = self.run(*words, **options)
        expect("status, output", (status, out), (127, ""))
        expect_in("stderr", err, sentence)
        expect("lines on stderr", err.count("\n"), 1)
        if not err.startswith(LINKER + ": "):
            raise Failure(f"stderr does not name the linker: {err!r}")


def bindings(err):
    """(from, to, symbol, version) of each line of LD_DEBUG=bindings."""
    return re.findall(r"^ *\d+:\tbinding file (\S+) \[0\] to (\S+) \[0\]: "
                      r"normal symbol `(\S+)'(?: \[(\S+)\])?$", err, re.M)


def run_tests(names):
    """Runs all functions test_* of the caller's module; the exit status."""
    tests = [(name[5:], function) for name, function in names.items()
             if name.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, function) in enumerate(tests, 1):
        folder = Folder()
        end, notes = "", []
        try:
            function(folder)
        except Skip as why:
            end = f" # SKIP {why}"
        except (Failure, subprocess.TimeoutExpired, OSError) as error:
            notes = str(error).splitlines()
        failed += bool(notes)
        print(f"{'not ' if notes else ''}ok {number} - {name}{end}")
        for note in notes:
            print(f"# {note}")
        sys.stdout.flush()
        folder.remove()
    return 1 if failed else 0
