"""tools/see in a browser: each view shows what the guest's own /proc says, the
terminal can be typed into, and the page says how the machine fares."""

import os
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from machine import (BUILD, PATIENCE, at_most, check, contains, gdb, main,
                     matches)

try:
    import aiohttp      # noqa: F401, which tools/see needs
    import elftools     # noqa: F401
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    MISSING = [path for path in ("/usr/bin/chromium", "/usr/bin/chromedriver",
                                 "/usr/share/nodejs/xterm/lib")
               if not os.path.exists(path)]
except ModuleNotFoundError as error:
    MISSING = [error.name]

CONSOLE = """
const buffer = terminal._core.buffer, text = [];
for (let i = 0; i < buffer.lines.length; i++) {
	if (!buffer.lines.get(i).isWrapped)
		text.push("\\n");
	text.push(buffer.translateBufferLineToString(i, false).trimEnd());
}
return text.join("");
"""
TEXTS = """
return [...document.querySelectorAll("#view text")].map(t => t.textContent);
"""
TITLES = """
return [...document.querySelectorAll("#view title")].map(t => t.textContent);
"""
AREAS = """
return [...document.querySelectorAll("#view rect.area title")].map(
	t => t.textContent);
"""


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu",
                 "--disable-dev-shm-usage", "--window-size=1600,1000"):
        options.add_argument(word)
    return webdriver.Chrome(options=options,
                            service=Service("/usr/bin/chromedriver"))


class See:
    """tools/see, and a browser on its page."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            ["tools/see", "-no-browser", "-build", BUILD, *words],
            stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]
        self.driver, self.count = browser(), 0
        self.driver.get(self.address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        self.process.terminate()
        self.process.communicate()

    def until(self, seen, wanted):
        """Asks until the answer matches; the answer."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = seen()
            found = re.search(wanted, answer, re.DOTALL)
            if found or time.monotonic() > deadline:
                return answer
            time.sleep(0.3)

    def console(self):
        return self.driver.execute_script(CONSOLE)

    def prompt(self):
        return self.until(self.console, r"colonel:\S*# $|colonel:\S*#$")

    def type(self, line):
        """One command, by the keyboard; what it printed."""
        self.count += 1
        self.keys(line)
        self.keys(f"echo so far: $(({self.count - 1} + 1))")
        text = self.until(self.console, rf"so far: {self.count}\b")
        return text.rpartition(line)[2].partition("so far:")[0]

    def keys(self, line):
        self.driver.find_element(
            By.CSS_SELECTOR, ".xterm-helper-textarea").send_keys(
                line + Keys.ENTER)

    def view(self, name, wanted="."):
        """The texts of a view, a line each."""
        self.driver.execute_script("location.hash = arguments[0]", name)
        time.sleep(0.5)
        return self.until(self.texts, wanted)

    def texts(self):
        return "\n".join(self.driver.execute_script(TEXTS))

    def state(self):
        line = self.driver.find_element(By.ID, "state")
        return f"{line.get_attribute('class')}: {line.text}"


# ---- Who may look ------------------------------------------------------------

def status(address, **headers):
    """The status of an answer to GET."""
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def check_doors(address):
    place, _, token = address.partition("/?token=")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket",
               "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    for name, path, headers, expected in (
            ("the page with its token", f"/?token={token}", {}, 200),
            ("without a token", "/", {}, 403),
            ("with another", f"/?token={token[:-1]}", {}, 403),
            ("by another name", f"/?token={token}",
             {"Host": "evil.example"}, 403),
            ("a path that is not there", f"/see?token={token}", {}, 404),
            ("a path out of the folder",
             f"/../kernel.py?token={token}", {}, 404),
            ("another page's WebSocket", f"/live?token={token}",
             {"Origin": "http://evil.example", **upgrade}, 403),
            ("nobody's WebSocket", f"/live?token={token}", upgrade, 403)):
        check(f"door: {name}", status(place + path, **headers), expected)


# ---- What /proc says ---------------------------------------------------------

def check_spaces(see, pid):
    maps = see.type(f"cat /proc/{pid}/maps")
    see.view(f"spaces?left={pid}&right={pid}", rf"process {pid}\n")
    shown = {tuple(int(word, 16) for word in area.split(" to "))
             for area in see.driver.execute_script(AREAS)}
    check("spaces: the areas of /proc/PID/maps", shown,
          {(int(a, 16), int(b, 16)) for a, b in
           re.findall(r"^([0-9a-f]+)-([0-9a-f]+) ", maps, re.MULTILINE)})
    vvar = re.search(r"([0-9a-f]+)-\S+ r--p .*\[vvar\]", maps)[1]
    text = see.view(f"walk?pid={pid}&address=0x{vvar}", "execute")
    check("walk: why [vvar] cannot be written", text,
          "the area is r--p", contains)


def check_copy(see, pid):
    """A process that was written to in its vDSO, as a debugger does it."""
    start = int(re.search(r"([0-9a-f]+)-\S+ r-xp .*\[vdso\]",
                          see.type(f"cat /proc/{pid}/maps"))[1], 16)
    before = see.view(f"spaces?left={pid}&right=1", rf"process {pid}\n")
    see.type(f"printf x | dd of=/proc/{pid}/mem bs=1 seek={start + 2048} "
             "conv=notrunc")
    after = see.view(f"spaces?left={pid}&right=1", "a copy of its own")
    check("spaces: a copied page has a frame of its own",
          ["a copy of its own" in text and "the image" in text
           for text in (before, after)], [False, True])


def check_processes(see, pid, cpus):
    calls = re.search(r"Syscalls:\s+(\d+)",
                      see.type(f"cat /proc/{pid}/status"))[1]
    text = see.view("processes", rf"\n{pid}\n\d+\nsleep\n")
    check("processes: its system calls", text,
          rf"\n{pid}\n\d+\nsleep\nsleeps\n1\n{calls}\n", matches)
    check("processes: the CPUs", len(re.findall(r"^CPU \d$", text, re.M)),
          cpus)


def check_page(see):
    see.view("page", "vnotb, the number")
    see.driver.find_element(By.CSS_SELECTOR, "#beast input").send_keys(
        "4711" + Keys.ENTER)
    check("page: vnotb set by the form", see.until(see.texts, "^4711\n"),
          "^4711\n", matches)
    check("... and by /proc", see.type("cat /proc/sys/kernel/vnotb"), "4711",
          contains)
    check("... and to programs", see.type("notb"), "His number is 4711",
          contains)


def check_memory(see, pid):
    free = int(re.search(r"MemFree:\s+(\d+) kB",
                         see.type("cat /proc/meminfo"))[1]) / 1024
    shown = float(re.search(r"\nfree\n([\d.]+) MiB",
                            see.view("memory", r"\nfree\n"))[1])
    check("memory: about as much is free as in /proc/meminfo",
          abs(free - shown), 2, at_most)
    see.type("head -c 9000000 /dev/zero > /tmp/nine")
    shown = see.view("memory", r"a file's, not mapped\n([89]|1\d)\.?\d* MiB")
    check("memory: a file's pages are not the heap's", shown,
          r"a file's, not mapped\n([89]|1\d)\.?\d* MiB", matches)
    frame = re.search(r"the image\nframe (0x\S+)", see.view(
        f"spaces?left={pid}&right=1", "the image"))[1]
    text = see.view(f"memory?frame={frame}", f"frame {frame}")
    check("memory: who maps the vDSO's image", text,
          rf"(?s)vDSO's image.*process {pid}\) at 0x\S+ r-x \[vdso\]", matches)


def check_timeline(see):
    see.type("notb")
    see.view("timeline?window=10 s", "system calls, ")
    titles = see.until(lambda: "\n".join(see.driver.execute_script(TITLES)),
                       r"write = 1[89]\n")
    check("timeline: notb's system call and its result", titles,
          r"\nwrite = 1[89]\n", matches)
    check("timeline: a task has its new name from its execve on", titles,
          r"(?m)^notb$", matches)


def test_views():
    with See() as see:
        see.prompt()
        check("the machine runs", see.state(), "runs: the machine runs")
        check_doors(see.address)
        see.type("sleep 1000 &")
        pid = re.search(r"pid (\d+)", see.type("echo pid $!"))[1]
        check_spaces(see, pid)
        check_processes(see, pid, 1)
        check_page(see)
        check_memory(see, pid)
        check_copy(see, pid)
        check_timeline(see)
        check("no complaint of the browser's",
              [entry["message"] for entry in see.driver.get_log("browser")
               if entry["level"] == "SEVERE"], [])
        see.keys("poweroff")
        check("the page says that the machine has ended",
              see.until(see.state, "ended|lost"), "the machine has ended",
              contains)
        check("and tools/see ends", see.process.wait(PATIENCE), 0)


def test_cpus():
    for cpus in (2, 4):
        with See("-smp", str(cpus)) as see:
            see.prompt()
            see.type("sleep 1000 &")
            pid = re.search(r"pid (\d+)", see.type("echo pid $!"))[1]
            check_processes(see, pid, cpus)
            check_timeline(see)


# ---- When it goes wrong ------------------------------------------------------

PANIC = """
set $rdi = (long)exceptions[0].name
set $rip = panic
"""
HANG = """
set $eflags = $eflags & ~0x200
set {unsigned short}$rip = 0xfeeb
"""


def wreck(commands, state):
    """A machine that gdb spoils at a system call; what the page says."""
    with tempfile.TemporaryDirectory(prefix="colonel-") as folder:
        path, script = f"{folder}/gdb", f"{folder}/commands"
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"set confirm off\ntarget remote {path}\n"
                       "hbreak sys_number_of_the_beast\ncontinue\n"
                       f"{commands}\ndetach\n")
        with See("-append", "vdso=0", "-qemu",
                 f"-S -chardev socket,id=gdb,path={path},server=on,wait=off "
                 "-gdb chardev:gdb") as see:
            gdb(f"{BUILD}/colonel.elf", "-x", script)
            return see.until(see.state, state)


def test_wrecks():
    check("a machine that panics", wreck(PANIC, "panicked"),
          "panicked: the kernel has panicked", contains)
    check("a machine that hangs", wreck(HANG, "hangs"),
          "hangs: CPU 0: no tick for 5 seconds; CPU 0: in the kernel, at "
          "sys_number_of_the_beast", contains)


# ---- Files -------------------------------------------------------------------

def test_pictures():
    """-svg: two runs, the same pictures."""
    with tempfile.TemporaryDirectory(prefix="colonel-") as folder:
        words = [word for view in ("spaces", "page", "memory", "walk",
                                   "timeline", "processes")
                 for word in ("-svg", f"{{}}/{view}.svg", "-view", view)]
        for run in ("a", "b"):
            os.mkdir(f"{folder}/{run}")
            done = subprocess.run(
                ["tools/see", "-build", BUILD,
                 *(word.format(f"{folder}/{run}") for word in words), "notb"],
                timeout=2 * PATIENCE, check=False)
            check(f"run {run} draws its pictures", done.returncode, 0)
        differ = [name for name in os.listdir(f"{folder}/a") if
                  open(f"{folder}/a/{name}", "rb").read() !=
                  open(f"{folder}/b/{name}", "rb").read()]
        check("they are the same each time", differ, [])


# The documents' pictures: what tools/see -svg was asked for.
DOCUMENTS = (
    (("spaces", "page", "walk"), ("--", "notb")),
    (("torn",), ("-append", "trace=", "--", "sh", "-c",
                 "while :; do :; done")),
)


def shape(path):
    """A picture without its numbers: those change with each kernel."""
    with open(path, encoding="utf-8") as file:
        return re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{12,16}\b|(\b[0-9a-f]{2} ){15}.."
                      r"|\d+(\.\d+)?( (bytes|[KMG]iB))?", "N", file.read())


def test_documents():
    """docs/see-*.svg are what is drawn today; RENEW=1 writes them anew."""
    with tempfile.TemporaryDirectory(prefix="colonel-") as folder:
        if os.environ.get("RENEW"):
            folder = "docs"
        for views, command in DOCUMENTS:
            words = [word for view in views for word in
                     ("-svg", f"{folder}/see-{view}.svg", "-view", view)]
            subprocess.run(["tools/see", "-build", BUILD, *words, *command],
                           timeout=2 * PATIENCE, check=True)
            for view in views:
                check(f"docs/see-{view}.svg is up to date (else: RENEW=1)",
                      shape(f"docs/see-{view}.svg") ==
                      shape(f"{folder}/see-{view}.svg"), True)
        with open(f"{folder}/see-torn.svg", encoding="utf-8") as file:
            text = file.read()
        check("torn: good, torn, good", re.findall(
            r">(equal|different): ", text), ["equal", "different", "equal"])
        times = [float(word) for word in re.findall(r">(\d+\.\d{9})<", text)]
        check("torn: the reading between is of no moment",
              times[0] < times[2] < times[1], True)


def resident(pid):
    """KiB of memory that a process of ours has."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


def test_growth():
    """An open page does not grow, nor does the server: 20 seconds of each of
    three views, or ten minutes with SOAK=1."""
    seconds = 200 if os.environ.get("SOAK") else 20
    with See("--", "notb") as see:
        see.until(see.console, "is 666.*is 666.*#")

        def size():
            see.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
            metrics = {row["name"]: row["value"] for row in
                       see.driver.execute_cdp_cmd("Performance.getMetrics",
                                                  {})["metrics"]}
            return (metrics["Nodes"], metrics["JSHeapUsedSize"],
                    resident(see.process.pid))

        see.driver.execute_cdp_cmd("Performance.enable", {})
        for view in ("page", "timeline", "spaces"):
            see.view(view)
            time.sleep(seconds / 4)
            before = size()
            time.sleep(seconds)
            for name, old, new, spare in zip(
                    ("nodes", "heap", "server"), before, size(),
                    (2000, 2 << 20, 4096)):
                check(f"{view}, {seconds} s open: its {name} do not grow",
                      new, old + spare, at_most)


def test_recording():
    with tempfile.TemporaryDirectory(prefix="colonel-") as folder:
        path = f"{folder}/run"
        with See("-record", path, "--", "notb") as see:
            see.until(see.console, "is 666.*is 666.*#")
            time.sleep(2)
        with See("-play", path) as see:
            check("a recording has the console",
                  see.until(see.console, "is 666.*is 666.*#"),
                  "colonel:/root# notb", contains)
            check("... and the views", see.view("processes", "init"), "init",
                  contains)
            check("... and its time", see.until(see.state, "played"),
                  "played: recorded at", contains)


if MISSING:
    check(f"see # SKIP there is no {MISSING[0]}: run tools/setup see-test",
          True, True)
    main()
else:
    main(test_views, test_cpus, test_wrecks, test_pictures, test_documents,
         test_growth, test_recording)
