"""What docs/extending.md adds, all in one tree: that the patches apply, build,
and do what they are there for."""

import subprocess
import tempfile

from machine import BUILD, at_least, check, contains, main, tools_run

PATCHES = "add-program+add-system-call+add-proc-file+updates+add-part"


def build(folder, patches, *targets):
    return subprocess.run(
        ["tools/variant", patches, folder, *targets], check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()


def test_all():
    with tempfile.TemporaryDirectory() as folder:
        said = build(folder, PATCHES, "WERROR=-Werror", "all")
        check("the patches build", "error" in said or "FAILED" in said, False)

        def run(*words):
            return tools_run("-build", folder, *words)

        check("a program", run("hello", "world").stdout, b"Hello, world\n")
        check("a system call", run("colonel").stdout,
              b"Sanders; at a bad address EFAULT\n")
        check("a file in /proc", run("cat", "/proc/beast").stdout,
              b"His number is 666\n")
        check("a function of the vDSO", run("updates").stdout,
              b"updates in a second", contains)
        check("a part: its file", int(run(
            "sh", "-c", "true; sh -c true; true; cat /proc/farewells")
            .stdout), 1, at_least)
        done = run("-v", "-append", "farewell=say", "sh", "-c", "sh -c true")
        check("a part: its hook and its parameter", done.stderr,
              b"a process has ended", contains)


def test_part_left_out():
    with tempfile.TemporaryDirectory() as folder:
        build(folder, "add-part", "OPTIONAL=procfs", "kernel")
        subprocess.run(["cp", f"{BUILD}/initrd.cpio", folder], check=True)
        check("a part that is left out", tools_run(
            "-build", folder, "cat", "/proc/farewells").returncode, 1)


main(test_all, test_part_left_out)
