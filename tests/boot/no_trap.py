"""Proof from outside the guest that a read through the vDSO enters no kernel.

QEMU logs each execution of the two system-call entries. A million more reads
must not add to them; and with the vDSO switched off each read must.
"""

import re
import subprocess
import tempfile

from machine import BUILD, at_least, at_most, check, main, tools_run

INT80 = 0x80 * 16       # bytes from trap_stubs to the stub of vector 0x80
# init's own calls while it relays output depend on when that comes, and QEMU
# logs a block once more when an interrupt cuts it short.
RELAY = 200


def entry_addresses():
    listing = subprocess.run(["nm", f"{BUILD}/colonel.elf"], check=True,
                             stdout=subprocess.PIPE).stdout.decode()
    symbols = {name: int(address, 16) for address, name in
               re.findall(r"^(\w+) \w (\S+)$", listing, flags=re.M)}
    return symbols["syscall_entry"], symbols["trap_stubs"] + INT80


def entries(reads, *options):
    """How often notb -n READS entered the kernel by SYSCALL, by int 0x80."""
    addresses = entry_addresses()
    ranges = ",".join(f"{address:#x}+1" for address in addresses)
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/log"
        done = tools_run(
            *options, "-timeout", "200",
            "-qemu", f"-d exec,nochain -dfilter {ranges} -D {log}",
            "notb", "-n", str(reads))
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace")[-1500:])
        with open(log, encoding="utf-8", errors="replace") as file:
            counts = dict.fromkeys(addresses, 0)
            for line in file:
                found = re.search(r"\[[0-9a-f]+/([0-9a-f]+)/", line)
                if found and int(found[1], 16) in counts:
                    counts[int(found[1], 16)] += 1
        return tuple(counts.values())


def test_reads():
    one, million = entries(1), entries(1000000)
    check("the measure sees system calls: notb itself makes 10,000 each way",
          min(*one, *million) >= 10000, True)
    check("a million reads by vDSO add no SYSCALL",
          abs(million[0] - one[0]), RELAY, at_most)
    check("a million reads by vDSO add no int 0x80",
          abs(million[1] - one[1]), RELAY, at_most)


def test_without_vdso():
    # notb also asks for the time, as often as 20 ms allow
    many = entries(100000, "-append", "vdso=0")[0]
    check("without a vDSO each read is a system call", many, 100000, at_least)


main(test_reads, test_without_vdso)
