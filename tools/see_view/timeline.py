"""The time line: what each CPU did last, from the rings of trace.c."""

from .picture import Picture, plural, wait

WINDOWS = (("1 ms", 10**6), ("10 ms", 10**7), ("100 ms", 10**8),
           ("1 s", 10**9), ("10 s", 10**10))
LEFT, WIDTH = 60, 940           # of the lanes
LANE = 158
LINES = 16                      # of the list below
VECTORS = {0xf1: "reschedule", 0xf2: "flush the TLB"}
FAULTS = {0: "division error", 1: "debug trap", 3: "breakpoint",
          6: "invalid instruction", 13: "general protection fault",
          14: "page fault"}


def timeline(kernel, options):
    """Lanes of the last milliseconds, one a CPU, and the events as text."""
    chosen = options.get("window", "100 ms")
    window = dict(WINDOWS).get(chosen, 10**8)
    rings = kernel.events(window)
    if rings is None:
        return wait("no events: the kernel was not started with trace=all, "
                    "or has no part trace")
    picture, x = Picture("time line"), 0
    for name, _ in WINDOWS:
        x = picture.chip(x, 0, name, f"timeline?window={name}", name == chosen)
    end = max((ring[-1].time for ring in rings if ring), default=0)
    start = end - window
    picture.text(1000, 18, f"up to {end / 1e9:.6f} s", "small mono dim", "end")
    draw_legend(picture)
    names = {e.task: switched_to(e) for ring in rings for e in ring
             if e.kind == "switch" or replaces(kernel.known, e)}
    names.update((t.id, t.name) for p in kernel.processes()
                 for t in p.threads)
    y = 84
    for cpu, ring in enumerate(rings):
        lane = Lane(picture, kernel.known, names, start, window, y)
        lane.draw(cpu, ring)
        y += LANE
    draw_scale(picture, window, y - 6)
    draw_list(picture, kernel.known, names, rings, options, start, y + 36)
    return picture


def draw_legend(picture):
    x = 0
    for kind, words in (("bar-run", "a task runs"), ("bar-call",
                        "system call"), ("page", "data page written"),
                        ("lamp", "timer"), ("bar-fault", "fault"),
                        ("bar-signal", "signal"), ("tables", "message")):
        picture.rect(x, 42, 14, 14, kind)
        picture.text(x + 20, 54, words, "small dim")
        x += 44 + 7.6 * len(words)


class Lane:
    """One CPU: who runs, its calls, and what happened at an instant."""

    def __init__(self, picture, known, names, start, window, y):
        self.picture, self.known, self.names = picture, known, names
        self.start, self.window, self.y = start, window, y

    def x(self, time):
        part = (time - self.start) / self.window
        return LEFT + WIDTH * min(max(part, 0), 1)

    def draw(self, cpu, ring):
        picture, y = self.picture, self.y
        picture.text(0, y + 30, f"CPU {cpu}", "bold small")
        picture.rect(LEFT, y, WIDTH, LANE - 22, "box", radius=4)
        self.draw_tasks(ring)
        self.draw_calls(ring)
        for event in ring:
            if event.time >= self.start:
                self.draw_instant(event)
        if ring and ring[0].time > self.start:
            picture.text(LEFT + 6, y + LANE - 30, "the ring holds no more",
                         "tiny dim")

    def bar(self, since, until, y, height, kind, words, title):
        left, right = self.x(since), self.x(until)
        if until < self.start:
            return
        self.picture.rect(left, y, max(right - left, 1.2), height, kind,
                          title, radius=2)
        if right - left > 8.2 * len(words) + 8:
            self.picture.text(left + 5, y + height - 8, words, "small" + (
                " on-colour" if kind == "bar-call" else ""))

    def draw_tasks(self, ring):
        """From one switch or execve to the next, last first."""
        until = self.start + self.window
        for event in reversed(ring):
            if until < self.start:
                return
            if event.kind != "switch" and not replaces(self.known, event):
                continue
            if event.task:
                name = switched_to(event)
                self.bar(event.time, until, self.y + 8, 30, "bar-run",
                         f"{name} ({event.task})", name)
            until = event.time
        if ring and ring[0].task:       # it ran all the time
            name = self.names.get(ring[0].task, "?")
            self.bar(ring[0].time, until, self.y + 8, 30, "bar-run",
                     f"{name} ({ring[0].task})", name)

    def draw_calls(self, ring):
        """From a call to its result, which another CPU may have: then to the
        next switch."""
        open_calls, end = {}, self.start + self.window
        for event in ring:
            if event.kind == "call":
                open_calls[event.task] = event
            elif event.kind == "result" and event.task in open_calls:
                call = open_calls.pop(event.task)
                name = call_name(self.known, event.code)
                self.bar(call.time, event.time, self.y + 46, 30, "bar-call",
                         name, f"{name} = {result(self.known, event)}")
            elif event.kind == "switch":
                for task in [t for t in open_calls if t != event.task]:
                    call = open_calls.pop(task)
                    self.bar(call.time, event.time, self.y + 46, 30,
                             "bar-call", call_name(self.known, call.code),
                             "sleeps in " + call_name(self.known, call.code))
        for call in open_calls.values():
            self.bar(call.time, end, self.y + 46, 30, "bar-call",
                     call_name(self.known, call.code), "not back yet")

    def draw_instant(self, event):
        picture, x, y = self.picture, self.x(event.time), self.y + 84
        if event.kind == "tick":
            picture.line(x, y + 30, x, y + 48, "bar-tick")
        elif event.kind == "page":
            picture.line(x, y, x, y + 48, "bar-write")
        elif event.kind == "ipi":
            picture.line(x, y + 12, x, y + 48, "bar-ipi")
        elif event.kind in ("fault", "signal"):
            picture.rect(x - 3, y + (8 if event.kind == "fault" else 0), 6,
                         14, f"bar-{event.kind}",
                         sentence(self.known, event), radius=3)


def draw_scale(picture, window, y):
    for tenth in range(0, 11, 2):
        x = LEFT + WIDTH * tenth / 10
        picture.line(x, y - 16, x, y - 8, "rule")
        words = f"{(tenth - 10) * window / 10**7:g} ms" if tenth < 10 else \
            "now"
        picture.text(x, y + 10, words, "tiny dim",
                     "start" if tenth == 0 else "end" if tenth == 10 else
                     "middle")


def draw_list(picture, known, names, rings, options, start, y):
    """The last events as text, ticks apart; of one task, if a link says."""
    events = sorted(event for ring in rings for event in ring
                    if event.time >= start)
    wanted = options.get("task")
    ticks = sum(event.kind == "tick" for event in events)
    calls = sum(event.kind == "call" for event in events)
    words = (f"{plural(calls, 'system call')}, {plural(ticks, 'interrupt')} "
             "of the timer in this picture; the last other events:")
    picture.text(0, y, words, "small dim")
    if wanted:
        events = [e for e in events if str(e.task) == wanted]
    for event, count in last_different(known, events):
        y += 22
        name = names.get(event.task, "?") if event.task else "idle"
        picture.link(f"timeline?window={options.get('window', '100 ms')}"
                     + ("" if wanted else f"&task={event.task}"),
                     "all events" if wanted else "this task's events")
        picture.text(0, y, f"{event.time / 1e9:.6f}  CPU {event.cpu}  "
                     f"{name} {event.task or ''}".rstrip(), "mono small dim")
        picture.end_link()
        picture.text(400, y, sentence(known, event) + (
            f"   × {count}" if count > 1 else ""), "mono small")


def last_different(known, events):
    """The last events, [event, how often it came in a row]."""
    found = []
    for event in reversed(events):
        if event.kind in ("tick", "page", "call"):
            continue
        if found and (found[-1][0].task, sentence(known, found[-1][0])) == (
                event.task, sentence(known, event)):
            found[-1][1] += 1
        elif len(found) == LINES:
            break
        else:
            found.append([event, 1])
    return found[::-1]


def replaces(known, event):
    """Is it the return of an execve that has worked? Then the task has another
    name, of which the event has the beginning."""
    return event.kind == "result" and not event.values[0] and \
        call_name(known, event.code) in ("execve", "execveat")


def switched_to(event):
    """The name of the task that runs from this event on."""
    values = event.values if event.kind == "switch" else event.values[1:]
    name = b"".join(v.to_bytes(8, "little") for v in values)
    return name.split(b"\0")[0].decode(errors="replace")


def call_name(known, number):
    return known.calls.get(number, f"call {number}")


def result(known, event):
    value = event.values[0] - (1 << 64 if event.values[0] >> 63 else 0)
    if -4096 < value < 0:
        return "-" + known.errors.get(-value, str(-value))
    return str(value) if abs(value) < 1 << 32 else f"{value:#x}"


def sentence(known, event):
    """An event in words."""
    if event.kind == "result":
        return f"{call_name(known, event.code)} = {result(known, event)}"
    if event.kind == "switch":
        return f"switch to {switched_to(event) or 'idle'}"
    if event.kind == "fault":
        return (f"{FAULTS.get(event.code, f'trap {event.code}')} at "
                f"{event.values[0]:#x}, instruction {event.values[1]:#x}")
    if event.kind == "signal":
        return known.signals.get(event.code, f"signal {event.code}")
    if event.kind == "ipi":
        return "message: " + VECTORS.get(event.code, f"{event.code:#x}")
    return event.kind
