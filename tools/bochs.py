"""Bochs as the machine of tools/run -bochs.

Bochs is a second implementation of the processor, written from the manuals and
nearer to the hardware than QEMU's: IRET and SYSRET to bad addresses, #AC, MOV
SS, PCID, an invariant TSC. It has no fw_cfg, so what tools/run gives to the
guest goes into an ISO that is made for the one run: the added files and
/etc/run stand behind the initrd's own, and the kernel's words in grub.cfg. Both
serial ports are sockets of ours that Bochs connects to.
"""

import os
import shutil
import socket
import subprocess

MODEL = "corei7_skylake_x"
MAX_CPUS = 2            # idle time is emulated tick by tick: more is too slow
CONNECT_TIME = 60       # seconds: Bochs connects before it starts the machine
# What it needs, and which package brings it.
NEEDS = {"bochs": "bochs",
         "/usr/share/bochs/BIOS-bochs-latest": "bochsbios",
         "/usr/share/vgabios/vgabios.bin": "vgabios"}
TOOLS = os.path.dirname(os.path.realpath(__file__))

# The display is a server that waits for nobody: it needs no window.
CONFIG = """\
plugin_ctrl: unmapped=1, biosdev=1, speaker=0, extfpuirq=1, parallel=0, serial=1
display_library: rfb, options="timeout=0"
megs: {memory}
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
cpu: model={model}, count={cpus}, ips=100000000, reset_on_triple_fault=0
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=socket-client, dev=localhost:{com1}
com2: enabled=1, mode=socket-client, dev=localhost:{com2}
clock: sync=none, time0=utc
log: {folder}/bochs.log
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
"""


def missing():
    """What keeps Bochs from running here, as a sentence; "" when nothing."""
    absent = [package for thing, package in NEEDS.items()
              if not (os.path.exists(thing) or shutil.which(thing))]
    return f"-bochs needs {' '.join(absent)}: tools/setup bochs installs " \
        "what is missing" if absent else ""


def make_iso(options, folder, added):
    """An ISO of the build's kernel and initrd, with `added`, an archive."""
    with open(os.path.join(options.build, "initrd.cpio"), "rb") as file:
        base = file.read()
    # The last entry marks the end of an archive: ours goes in front of it.
    end = base.rfind(b"070701", 0, base.rfind(b"TRAILER!!!"))
    initrd = os.path.join(folder, "initrd.cpio")
    with open(initrd, "wb") as file:
        file.write(base[:end] + added)
    with open(f"{TOOLS}/../boot/grub.cfg", encoding="utf-8") as file:
        config = file.read().replace("multiboot2 /boot/colonel.elf", " ".join(
            ["multiboot2 /boot/colonel.elf", *options.append]))
    grub = os.path.join(folder, "grub.cfg")
    with open(grub, "w", encoding="utf-8") as file:
        file.write(config)
    iso = os.path.join(folder, "colonel.iso")
    done = subprocess.run(
        [f"{TOOLS}/mkiso", os.path.join(options.build, "colonel.elf"), initrd,
         grub, os.path.join(folder, "iso"), iso], check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace").strip())
    return iso


def listener():
    """A socket on a free port of the loopback address."""
    it = socket.create_server(("127.0.0.1", 0))
    it.settimeout(CONNECT_TIME)
    return it


def start(options, folder, added, before_exec):
    """Starts Bochs; its process, and our ends of its two serial lines."""
    iso = make_iso(options, folder, added)
    lines = [listener(), listener()]
    com1, com2 = (line.getsockname()[1] for line in lines)
    with open(f"{folder}/bochsrc", "w", encoding="utf-8") as file:
        file.write(CONFIG.format(
            memory=options.memory, model=options.cpu or MODEL,
            cpus=options.cpus, iso=iso, com1=com1, com2=com2, folder=folder))
    # Debian's Bochs has its debugger inside, which waits for a command: "c"
    # lets the machine go.
    with open(f"{folder}/commands", "w", encoding="utf-8") as file:
        file.write("c\n")
    with open(f"{folder}/errors", "wb") as errors:
        process = subprocess.Popen(
            ["bochs", "-q", "-f", f"{folder}/bochsrc", "-rc",
             f"{folder}/commands"], stdin=subprocess.DEVNULL, stdout=errors,
            stderr=errors, cwd=folder, start_new_session=True,
            preexec_fn=before_exec)
    try:
        ends = [connected(line, process) for line in lines]
    except OSError:
        process.kill()
        process.wait()
        raise
    finally:
        for line in lines:
            line.close()
    return process, *ends


def connected(line, process):
    """Our end of a line once Bochs has connected to it."""
    line.settimeout(1)
    for _ in range(CONNECT_TIME):
        try:
            return line.accept()[0]
        except TimeoutError:
            if process.poll() is not None:
                break
    raise OSError("Bochs ended before its machine started: "
                  "is there such a -cpu? `bochs -help cpu` lists them")


def last_words(folder):
    """What Bochs reported: panics and errors of its own, triple faults."""
    try:
        with open(f"{folder}/bochs.log", errors="replace") as file:
            said = [line.rstrip() for line in file
                    if "p[" in line[:40] or "e[" in line[:40]]
    except OSError:
        return ""
    return "\n".join(said[-20:])
