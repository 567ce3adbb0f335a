"""Going backwards in a recorded run: reverse-continue, reverse-finish and
last-write, for tools/gdb/replay.

QEMU steps back by itself (reverse-stepi). Its own reverse-continue waits for
itself for ever once a breakpoint is set (7.2), so these commands go back as
one does by hand: they run the machine again from its beginning, which a
recorded run makes the same to the instruction, and stop at the last moment
that counts before the present one. QEMU numbers the moments by instructions.
"""

import contextlib
import os
import re
import time

import gdb

CONNECT_TIME = 10       # seconds that a new machine is given


def now():
    """Instructions since the beginning."""
    said = gdb.execute("monitor info replay", to_string=True)
    found = re.search(r"instruction count = (\d+)", said)
    if not found:
        raise gdb.GdbError("this machine was not recorded: make record, "
                           "then make replay")
    return int(found[1])


@contextlib.contextmanager
def quiet():
    """Keeps what gdb says at the stops on the way from the screen. It writes
    there whatever it is told, so the descriptor is turned away."""
    gdb.flush()
    screen, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        gdb.flush()
        os.dup2(screen, 1)
        os.close(screen)
        os.close(nowhere)


def run():
    gdb.execute("continue", to_string=True)


def restart():
    """The same machine from its beginning: tools/gdb/replay starts another
    when one has ended."""
    port = os.environ["COLONEL_PORT"]
    gdb.execute("kill", to_string=True)
    until = time.monotonic() + CONNECT_TIME
    while True:
        try:
            gdb.execute(f"target remote 127.0.0.1:{port}", to_string=True)
            return
        except gdb.error:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def breakpoints():
    return [b for b in gdb.breakpoints() if b.enabled]


def go_to(moment):
    """Runs from the beginning to a moment, past all breakpoints."""
    stopped = breakpoints()
    for breakpoint in stopped:
        breakpoint.enabled = False
    restart()
    gdb.execute(f"monitor replay_break {moment}", to_string=True)
    run()
    for breakpoint in stopped:
        breakpoint.enabled = True


def last_stop(before):
    """The last moment before `before` at which a breakpoint stops."""
    found = None
    restart()
    gdb.execute(f"monitor replay_break {before}", to_string=True)
    while True:
        run()
        moment = now()
        if moment >= before:
            return found
        found = moment


class Backwards(gdb.Command):
    """A command that goes back; its help is its class's docstring."""

    name = None

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        with quiet():
            self.go(argument)
        gdb.execute("frame")


class ReverseContinue(Backwards):
    """reverse-continue: go back to the last stop at a breakpoint."""

    name = "reverse-continue"

    def go(self, _):
        present = now()
        moment = last_stop(present)
        if moment is None:
            go_to(present)
            raise gdb.GdbError("no breakpoint was met before this moment")
        go_to(moment)


class ReverseFinish(Backwards):
    """reverse-finish: go back to where this function was called."""

    name = "reverse-finish"

    def go(self, _):
        function = gdb.newest_frame().function()
        if not function:
            raise gdb.GdbError("this is in no function that gdb knows")
        present, others = now(), breakpoints()
        for breakpoint in others:
            breakpoint.enabled = False
        start = gdb.Breakpoint(f"*{int(function.value().address):#x}",
                               internal=True)
        try:
            moment = last_stop(present)
        finally:
            start.delete()
            for breakpoint in others:
                breakpoint.enabled = True
        go_to(present if moment is None else moment)
        gdb.execute("reverse-stepi", to_string=True)


class LastWrite(Backwards):
    """last-write EXPRESSION: go back to the instruction that wrote there last.

The expression names memory, as for `watch`: last-write vvar_k.vnotb"""

    name = "last-write"

    def go(self, argument):
        target = gdb.parse_and_eval(argument)
        place = f"*({target.type} *){int(target.address):#x}"
        present, others = now(), breakpoints()
        for breakpoint in others:
            breakpoint.enabled = False
        watch = gdb.Breakpoint(place, gdb.BP_WATCHPOINT, internal=True)
        try:
            moment = last_stop(present)
        finally:
            watch.delete()
            for breakpoint in others:
                breakpoint.enabled = True
        go_to(present if moment is None else moment)
        if moment is None:
            raise gdb.GdbError(f"{argument} was not changed before this "
                               "moment")


ReverseContinue()
ReverseFinish()
LastWrite()
