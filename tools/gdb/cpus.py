"""The command "cpus": what each CPU is running.

QEMU shows each CPU as a thread ("info threads", "thread 2", "backtrace");
which task stands on it only the kernel knows. `cpus` puts the two together.
"""

import gdb


def value(expression):
    return int(gdb.parse_and_eval(expression))


def tasks():
    """For each CPU of the kernel's, by its APIC's number: (id, task)."""
    task = gdb.lookup_type("struct task").pointer()
    for number in range(value("cpu_count")):
        cpu = gdb.parse_and_eval(f"cpus[{number}]")
        if int(cpu):
            yield int(cpu["apic_id"]), number, cpu["current"].cast(task), \
                cpu["idle"]


def describe(task, idle):
    if task == idle:
        return "idle"
    name = task["name"].string(errors="replace")
    if not int(task["process"]):
        return f"{name or 'a task'} of the kernel's"
    return f"{name}, thread {int(task['id'])}"


def place():
    """Where the selected CPU is."""
    if value("$cs") & 3:
        return f"in ring 3 at {value('$rip'):#x}"
    return f"in {gdb.newest_frame().name() or hex(value('$rip'))}"


class Cpus(gdb.Command):
    """What each CPU is running: its thread here, its task, and where."""

    def __init__(self):
        super().__init__("cpus", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        known = {apic: rest for apic, *rest in tasks()}
        selected = gdb.selected_thread()
        try:
            for thread in sorted(gdb.selected_inferior().threads(),
                                 key=lambda t: t.num):
                thread.switch()
                # QEMU numbers its CPUs as their APICs
                number, task, idle = known.get(thread.num - 1, (None,) * 3)
                what = "not started" if number is None else \
                    f"CPU {number}: {describe(task, idle)}, {place()}"
                mark = "*" if thread == selected else " "
                gdb.write(f"{mark} thread {thread.num}  {what}\n")
        finally:
            selected.switch()


Cpus()
