"""What C libraries and Go do for their programs: threads, processes, files,
goroutines. As in oracle.py: the same on this Linux and on Colonel."""

import glob
import os
import shutil
import subprocess
import tempfile

from machine import main
from oracle import LIBRARIES, SOURCES, compare, skip

GO = shutil.which("go") or max(glob.glob("/usr/lib/go-*/bin/go"), default=None)


def build(folder, name, *command):
    program = os.path.join(folder, name)
    subprocess.run([*command, "-o", program], check=True)
    return program


def test_c(name):
    """One source, two C libraries, static and dynamic."""
    with tempfile.TemporaryDirectory() as folder:
        for compiler in ("gcc", "musl-gcc"):
            if not shutil.which(compiler):
                skip(f"{name}, {compiler}", "it is not installed")
                continue
            for way in ("-static", "-static-pie", "-pie", "-no-pie"):
                if compiler == "musl-gcc" and way == "-static-pie":
                    continue        # its own start-up file is missing
                program = build(folder, f"{name}-{compiler}{way}", compiler,
                                "-O1", "-w", way, "-pthread",
                                f"{SOURCES}/{name}.c")
                compare(f"{name}, {compiler} {way}",
                        ["-add-with-libs", f"{program}:/bin/{name}",
                         *unwinder(compiler, way)], [name], [program])


def unwinder(compiler, way):
    """glibc loads a library when the first thread is cancelled."""
    path = f"{LIBRARIES}/../../../lib/x86_64-linux-gnu/libgcc_s.so.1"
    if compiler == "gcc" and not way.startswith("-static"):
        return ["-add", f"{os.path.normpath(path)}:/lib/x86_64-linux-gnu/"
                        "libgcc_s.so.1"]
    return []


def test_threads():
    test_c("threads")


def test_programs():
    test_c("programs")


def test_go():
    if not GO:
        skip("go", "tools/setup go installs it")
        return
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "goroutines")
        subprocess.run([GO, "build", "-o", program,
                        f"{SOURCES}/goroutines.go"], check=True,
                       env=dict(os.environ, CGO_ENABLED="0", HOME=folder,
                                GOCACHE=f"{folder}/cache"))
        compare("go", ["-add", f"{program}:/bin/goroutines"], ["goroutines"],
                [program])


main(test_threads, test_programs, test_go)
