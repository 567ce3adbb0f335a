"""Programs that nobody here wrote: each runs on this Linux and on Colonel,
unchanged, and what it prints and how it ends must be the same."""

import glob
import os
import re
import shutil
import subprocess

from machine import check, main, tools_run

SOURCES = os.path.abspath("tests/oracle")
LIBRARIES = "/usr/lib/x86_64-linux-gnu"
PATH = "/bin:/sbin:/usr/bin:/usr/sbin"
COREUTILS = """seq sort head wc date cp mv cat ls cut rm dd stat tr od mkdir
    touch find rmdir ln readlink sha256sum md5sum base64 expr sleep timeout
    nice id uname basename dirname env tee paste uniq comm split chmod df du
    tac nl shuf tail factor truncate yes install join fold numfmt tsort mktemp
    true false""".split()


def skip(name, why):
    check(f"{name} # SKIP {why}", True, True)


def on_linux(words):
    done = subprocess.run(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=60,
                          cwd="/", env={"PATH": PATH, "HOME": "/root"})
    return done.returncode % 256, done.stdout, done.stderr


def on_colonel(options, words):
    done = tools_run("-m", "512", "-timeout", "100", *options, "--", *words)
    return done.returncode, done.stdout, done.stderr


def without_paths(text):
    """Names of temporary files differ, and where a shell was found."""
    text = re.sub(rb"/(usr/)?bin/", b"", text)
    return re.sub(rb"(tmp\.|oracle-)\w+", b"NAME", text)


def compare(name, options, words, linux_words=None):
    """The same program in both places; the first line that differs is told."""
    there = on_linux(linux_words or words)
    here = on_colonel(options, words)
    for what, seen, expected in zip(("status", "output", "errors"), here,
                                    there):
        if what != "status":
            seen, expected = without_paths(seen), without_paths(expected)
        check(f"{name}: {what}", seen, expected)


# ---- The distribution's programs ---------------------------------------------


def script(name, program, *options):
    """A script that is in the guest under the path that it has here."""
    path = os.path.join(SOURCES, name)
    program = shutil.which(program, path=PATH)
    compare(name, ["-add-with-libs", f"{program}:{program}", *options, "-add",
                   f"{path}:{path}"], [program, path])


def test_bash():
    script("bash.sh", "bash", "-add-with-libs", "cat", "-add-with-libs",
           "sleep", "-add-with-libs", "sort", "-add-with-libs", "rm")


def test_coreutils():
    options = [word for name in COREUTILS
               for word in ("-add-with-libs", name)]
    script("coreutils.sh", "bash", *options)


def test_perl():
    script("perl.pl", "perl", "-add", f"{LIBRARIES}/perl-base")


def test_python():
    folders = glob.glob("/usr/lib/python3.[0-9]*")
    script("python.py", "python3", "-add",
           max(folders, key=lambda f: int(f.rsplit(".", 1)[1])))


def test_tcc():
    """A compiler in the guest compiles the article's program and runs it."""
    if not shutil.which("tcc"):
        skip("tcc", "it is not installed")
        return
    source = os.path.abspath("user/article/notb.c")
    headers = subprocess.run(["gcc", "-M", source], stdout=subprocess.PIPE,
                             check=True).stdout.decode().split()
    files = [f"{LIBRARIES}/{name}" for name in
             ("crt1.o", "crti.o", "crtn.o", "libc.so", "libc.so.6",
              "libc_nonshared.a", "ld-linux-x86-64.so.2")]
    files += [header for header in headers if header.startswith("/usr/")]
    build = os.environ.get("BUILD", "build")
    options = ["-add-with-libs", "tcc", "-add", f"{LIBRARIES}/tcc",
               "-add", f"{source}:/tmp/notb.c",
               "-add", f"{build}/vdso.so:/tmp/vdso.so"]
    for path in files:
        options += ["-add", f"{path}:{path}"]
    status, output, errors = on_colonel(
        options, ["sh", "-c",
                  "cd /tmp && tcc notb.c -o notb vdso.so && ./notb"])
    check("tcc: status", status, 0)
    check("tcc: compiles notb.c, which runs", (output, errors),
          (b"His number is 666\n", b""))


if __name__ == "__main__":
    main(test_bash, test_coreutils, test_perl, test_python, test_tcc)
