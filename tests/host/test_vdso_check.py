#!/usr/bin/python3
"""tools/vdso-check: it finds nothing in our vDSO and in this Linux's, and in a
copy with some bytes changed the rule that is broken, and no other."""

import importlib.machinery
import importlib.util
import os
import re
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
BUILD = os.path.realpath(os.environ.get("BUILD", "build"))
TOOL = f"{ROOT}/tools/vdso-check"
OURS = f"{BUILD}/vdso.so"

loader = importlib.machinery.SourceFileLoader("vdso_check", TOOL)
sys.dont_write_bytecode = True
checker = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("vdso_check", loader))
loader.exec_module(checker)

with open(OURS, "rb") as built:
    SHIPPED = built.read()


def put(data, at, form, *values):
    struct.pack_into("<" + form, data, at, *values)


def header(image, kind):
    """Where the program header of that type is."""
    return 64 + 56 * next(i for i, s in enumerate(image.segments)
                          if s.type == kind)


def entry(image, name):
    """Where the entry of the dynamic section is."""
    at = image.all(checker.PT_DYNAMIC)[0].offset
    while image.read("Q", at)[0] != checker.DT[name]:
        at += 16
    return at


def symbol(image, name):
    return image.table("SYMTAB") + 24 * image.symbol(name).number


def code(image, name):
    return image.symbol(f"__vdso_{name}").value


# Each: the rule that it breaks, or rules, and a change of the file's bytes.
def executable(data, image):
    """elf-header"""
    put(data, 16, "H", 2)


def writable_image(data, image):
    """one-segment"""
    put(data, header(image, checker.PT_LOAD) + 4, "I", 7)


def high_address(data, image):
    """one-segment"""
    put(data, header(image, checker.PT_NOTE) + 16, "Q", 0xffffffffff700000)


def writable_dynamic(data, image):
    """dynamic-read-only"""
    put(data, header(image, checker.PT_DYNAMIC) + 4, "I", 6)


def relro(data, image):
    """no-other-segments notes"""
    put(data, header(image, checker.PT_NOTE), "I", checker.PT_GNU_RELRO)


def no_sysv_hash(data, image):
    """sysv-hash"""
    put(data, entry(image, "HASH"), "Q", 0x60000000)


def empty_sysv_bucket(data, image):
    """sysv-hash"""
    at = image.table("HASH")
    buckets = image.read("I", at)[0]
    put(data, at + 8, f"{buckets}I", *[0] * buckets)


def no_gnu_hash(data, image):
    """gnu-hash"""
    put(data, entry(image, "GNU_HASH"), "Q", 0x60000000)


def no_versions(data, image):
    """versions"""
    put(data, entry(image, "VERDEF"), "Q", 0x60000000)


def other_version(data, image):
    """version-name"""
    at = data.index(b"LINUX_2.6\0")
    data[at:at + 9] = b"LINUX_2.7"


def data_symbol(data, image):
    """function-type"""
    data[symbol(image, "getcpu") + 4] = 2 << 4 | 1


def relocations(data, image):
    """no-relocation soname"""
    put(data, entry(image, "SONAME"), "Q", checker.DT["RELA"])


def needs_a_library(data, image):
    """needs-nothing soname"""
    put(data, entry(image, "SONAME"), "Q", checker.DT["NEEDED"])


def other_soname(data, image):
    """soname"""
    at = data.index(b"linux-vdso.so.1\0")
    data[at:at + 10] = b"linux-gate"


def no_section_headers(data, image):
    """section-headers"""
    put(data, 40, "Q", 0)
    put(data, 58, "HHH", 0, 0, 0)


def no_unwind_table(data, image):
    """unwinding"""
    put(data, header(image, checker.PT_GNU_EH_FRAME), "I", 0x60000000)


def short_unwind_table(data, image):
    """unwinding"""
    at = image.all(checker.PT_GNU_EH_FRAME)[0].offset
    put(data, at + 8, "I", image.read("I", at + 8)[0] - 2)


def no_build_id(data, image):
    """notes"""
    at = image.all(checker.PT_NOTE)[0].offset
    at = data.index(b"GNU\0", at)
    data[at:at + 3] = b"gnu"


def strong_twin(data, image):
    """names"""
    data[symbol(image, "time") + 4] = 1 << 4 | 2


def stack_protector(data, image):
    """no-thread-register"""
    at = code(image, "getcpu")          # mov %fs:0x28, %rax
    data[at:at + 9] = bytes.fromhex("64488b042528000000")


def not_implemented(data, image):
    """no-enosys"""
    at = code(image, "clock_getres")    # mov $-ENOSYS, %eax; ret
    data[at:at + 6] = b"\xb8" + struct.pack("<i", -38) + b"\xc3"


def endless(data, image):
    """answers"""
    at = code(image, "getcpu")          # jmp to itself
    data[at:at + 2] = b"\xeb\xfe"


CHANGES = [executable, writable_image, high_address, writable_dynamic, relro,
           no_sysv_hash, empty_sysv_bucket, no_gnu_hash, no_versions,
           other_version, data_symbol, relocations, needs_a_library,
           other_soname, no_section_headers, no_unwind_table,
           short_unwind_table, no_build_id, strong_twin, stack_protector,
           not_implemented, endless]


def check(*words):
    """(status, the broken rules, all that was said)."""
    done = subprocess.run([TOOL, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, " ".join(re.findall(
        r"^BROKEN  (\S+)$", done.stdout, re.M)), done.stdout


def main():
    image = checker.Image(SHIPPED)
    cases = [("ours", "", [OURS]), ("this Linux's", "", ["-host"]),
             ("a process's", "", [str(os.getpid())])]
    with tempfile.TemporaryDirectory() as folder:
        for change in CHANGES:
            data = bytearray(SHIPPED)
            change(data, image)
            path = f"{folder}/{change.__name__}"
            with open(path, "wb") as file:
                file.write(data)
            cases.append((change.__name__, change.__doc__, [path]))
        failed = 0
        print(f"1..{len(cases) + 1}")
        for number, (name, expected, words) in enumerate(cases, 1):
            status, broken, said = check(*words)
            wrong = broken != expected or status != bool(expected)
            failed += wrong
            print("not ok" if wrong else "ok", f"{number} - {name}:",
                  expected or "all rules hold")
            if wrong:
                print(f"# status {status}, broken: {broken}")
                print("".join(f"# {line}\n" for line in said.splitlines()))
        garbage = f"{folder}/garbage"
        with open(garbage, "wb") as file:
            file.write(SHIPPED[:100])
        status = check(garbage)[0]
    failed += status not in (1, 2)
    print("ok" if status in (1, 2) else "not ok",
          f"{len(cases) + 1} - an image that is cut off")
    return 1 if failed else 0


sys.exit(main())
