"""gdb at the place where a point is decided: a machine runs the point's
program and waits, gdb knows the kernel, the program and the vDSO, and goes on
to the function that lab.toml names."""

import os
import socket
import subprocess
import sys

from lab_lib import course, grading

BUILD = "build/debug"
LONG = "1000000"        # seconds: a person is at it


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def debug(lab, name, words):
    if name not in lab.points:
        raise course.Trouble(f"lab {lab.number} has no point {name}: its "
                             f"points are {' '.join(lab.points)}")
    os.chdir(course.ROOT)
    built, said = grading.build(lab, BUILD, extra=["OPT=-Og"])
    print(said, end="\n" if said else "", file=sys.stderr)
    if not built:
        return 1
    wish = lab.points[name]["debug"]
    program, *arguments = wish["run"]
    file = f"{BUILD}/labs/{lab.name}/programs/{program}"
    add = ["-add", file] if os.path.exists(file) else []
    append = ["-append", wish["append"]] if "append" in wish else []
    port = free_port()
    machine = subprocess.Popen(
        ["tools/run", "-build", BUILD, "-deterministic", "-timeout", LONG,
         "-qemu", f"-S -gdb tcp:127.0.0.1:{port}", "-console",
         f"{BUILD}/console.log", *append, *add, "--", program, *arguments],
        stdin=subprocess.DEVNULL, start_new_session=True)
    print(f"The machine runs `{' '.join(wish['run'])}` and stops at "
          f"{wish['at']}; what the kernel says is in {BUILD}/console.log.",
          flush=True)
    try:
        return subprocess.run(
            ["gdb", "-nx", "-q", *words, "-x", "tools/gdb/colonel.gdb",
             "-ex", f"break {wish['at']}", "-ex", "continue"], check=False,
            env=dict(os.environ, COLONEL_BUILD=BUILD, COLONEL_PORT=port,
                     COLONEL_PROGRAMS=os.path.dirname(file)[len(BUILD) + 1:])
        ).returncode
    finally:
        machine.terminate()
        machine.wait()
