"""gdb's side of backtrace.py: prints "AT PLACE ADDRESS: FUNCTION CALLER ...".

Steps through each function of the vDSO that vdso_each calls, an instruction at
a time, twice: as it comes, and again with a data page that says that the
counter must not be used, so that the long path and the system call are taken.
Then stops in a few ticks.
"""

import gdb

VDSO = ["clock_gettime", "clock_getres", "gettimeofday", "time", "getcpu",
        "number_of_the_beast", "capabilities"]
LINES = 3           # of struct vvar's clocks
STEPS = 300         # of one call, at most
TICKS = 20
ENTRY_REGISTERS = ("rip", "rsp", "rdi", "rsi", "rdx")


def register(name):
    return int(gdb.parse_and_eval(f"(unsigned long)${name}"))


def report(place):
    frame, names = gdb.newest_frame(), []
    while frame is not None and len(names) < 40:
        names.append(frame.name() or "?")
        frame = frame.older()
    print(f"AT {place} {register('rip'):#x}: " + " ".join(names))


def run_to(address):
    gdb.execute(f"tbreak *{address:#x}", to_string=True)
    gdb.execute("continue", to_string=True)


def step_through(place, distrust):
    page = register("rip") >> 12
    for _ in range(STEPS):
        if distrust:
            for line in range(LINES):
                gdb.execute(f"set var vvar_k.clocks[{line}].limit = 0")
        report(place)
        before = register("rip")
        gdb.execute("stepi", to_string=True)
        if gdb.newest_frame().name() == "syscall_entry":
            report(place + "-syscall")
            run_to(register("rcx"))
        elif register("rip") >> 63:     # the page's first use: a fault
            run_to(before)
        if register("rip") >> 12 != page:
            return


def walk_vdso():
    for name in VDSO:
        gdb.execute(f"break *__vdso_{name}", to_string=True)
    gdb.execute("break be_interrupted", to_string=True)
    while True:
        gdb.execute("continue", to_string=True)
        name = gdb.newest_frame().name() or ""
        if not name.startswith("__vdso_"):
            return
        at_entry = {r: register(r) for r in ENTRY_REGISTERS}
        step_through(name, False)
        # gdb takes the step over an instruction of one byte for a stop at
        # the breakpoint there, when it has not stopped there before
        gdb.execute("disable")
        for name_of, value in at_entry.items():
            gdb.execute(f"set ${name_of} = {value:#x}")
        step_through(name + "-slow", True)
        gdb.execute("enable")


def stop_in_ticks():
    gdb.execute("delete")
    gdb.execute("break tick_handle", to_string=True)
    for _ in range(TICKS):
        gdb.execute("continue", to_string=True)
        report("tick")


# The program's symbols come when it is executed, so its main is not there yet.
gdb.execute("set breakpoint pending on")
gdb.execute("break vdso_each.c:main", to_string=True)
gdb.execute("continue", to_string=True)
gdb.execute("delete")
walk_vdso()
stop_in_ticks()
