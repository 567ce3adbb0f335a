"""What a panic says: the sentence, what ran, the backtrace with names. There is
no way to ask the kernel for one, so gdb sends a system call there instead."""

import subprocess
import tempfile

from machine import BUILD, PATIENCE, check, contains, gdb, main, matches

COMMANDS = """
set confirm off
set pagination off
target remote {socket}
hbreak sys_number_of_the_beast
continue
set $rdi = (long)exceptions[0].name
set $rip = panic
detach
"""


def provoke():
    """QEMU's serial line and exit status after a panic in system call 666."""
    with tempfile.TemporaryDirectory(prefix="colonel-") as folder:
        socket, script = f"{folder}/gdb", f"{folder}/commands"
        with open(script, "w", encoding="utf-8") as file:
            file.write(COMMANDS.format(socket=socket))
        with subprocess.Popen(
                ["qemu-system-x86_64", "-cpu", "max", "-m", "64", "-net",
                 "none", "-display", "none", "-monitor", "none", "-no-reboot",
                 "-serial", "stdio", "-S", "-chardev",
                 f"socket,id=gdb,path={socket},server=on,wait=off",
                 "-gdb", "chardev:gdb", "-kernel", f"{BUILD}/colonel.elf",
                 "-initrd", f"{BUILD}/initrd.cpio", "-append",
                 "panic=poweroff vdso=0"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE) as qemu:
            said = gdb(f"{BUILD}/colonel.elf", "-x", script)
            try:
                output = qemu.communicate(timeout=PATIENCE)[0].decode()
            except subprocess.TimeoutExpired:
                qemu.kill()
                output = qemu.communicate()[0].decode() + said
            return output, qemu.returncode


def test_panic():
    output, status = provoke()
    check("the sentence", output, "panic: division error", contains)
    check("which program", output, r"in notb, process \d+", matches)
    check("its last system call", output,
          r"which came by system call 666 from 0000[0-9a-f]+", matches)
    check("the backtrace has names", output,
          r"[0-9a-f]{16}  syscall_entry\+0x", matches)
    check("how to look at it", output, "make gdb", contains)
    check("panic=poweroff", status, 0)


main(test_panic)
