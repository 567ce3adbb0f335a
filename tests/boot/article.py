"""The article on this kernel: its program under both loaders, whose function
runs, what happens without it, and Listing 1."""

import os
import shutil
import struct
import subprocess
import tempfile

from machine import BEAST, BUILD, at_least, check, contains, main, tools_run

FORTY_TWO = b"His number is 42\n"
UNKNOWN = b"This kernel does not know his number\n"
# No tick is late for a busy host.
GUEST_TIME = "-icount shift=3,sleep=off"
MISSING = b"undefined symbol: number_of_the_beast, version LINUX_2.6"
HAVE_GLIBC = os.path.exists(f"{BUILD}/article/notb")
PROGRAMS = ("notb-dynamic", "notb-glibc") if HAVE_GLIBC else ("notb-dynamic",)


def build_variant(name, folder, *targets):
    """A variant of this tree, to be booted with this tree's programs."""
    subprocess.run(["tools/variant", name, folder, *targets], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.copy(f"{BUILD}/initrd.cpio", folder)


def test_notb():
    for program in PROGRAMS:
        check(f"{program} prints the kernel's number",
              tools_run(program).stdout, BEAST + b"\n")
        done = tools_run("sh", "-c", "LD_BIND_NOW=1 LD_DEBUG=bindings "
                         f"exec {program}")
        check(f"{program} is bound to the vDSO", done.stderr,
              b"[0] to linux-vdso.so.1 [0]: normal symbol "
              b"`number_of_the_beast' [LINUX_2.6]\n", contains)
        check(f"{program} sees a number that changes",
              tools_run("sh", "-c", "echo 7 > /proc/sys/kernel/vnotb; "
                        f"sleep 1; {program}").stdout,
              b"His number is 7\n")


def test_linked_with_42():
    """A vdso.so whose function returns 42 was only there to link with."""
    with tempfile.TemporaryDirectory() as folder:
        build_variant("answer-42", folder, "article")
        check("linked with another vdso.so, ours: still 666",
              tools_run("-add", f"{folder}/article/notb-dynamic:/bin/n",
                        "n").stdout, BEAST + b"\n")
        if HAVE_GLIBC:
            check("linked with another vdso.so, glibc's: still 666",
                  tools_run("-add", f"{folder}/article/notb:/bin/n",
                            "n").stdout, BEAST + b"\n")


def test_two_pages():
    """Two functions more, which do not fit into the one page."""
    tests = [f"tests/host/test_vdso_{name}" for name in ("image", "steps")]
    with tempfile.TemporaryDirectory() as folder:
        build_variant("two-pages", folder, f"{folder}/vdso.so",
                      *(f"{folder}/{test}" for test in tests))
        check("an image of two pages",
              os.path.getsize(f"{folder}/vdso.so") // 4096, 1)
        for test in tests:
            check(f"is good by {test}", subprocess.run(
                [f"{folder}/{test}"], check=False,
                env=dict(os.environ, BUILD=folder), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL).returncode, 0)
        if "SOAK" in os.environ:
            check_two_pages_run(folder)


def check_two_pages_run(folder):
    build_variant("two-pages", folder, "kernel")
    for program in PROGRAMS:
        check(f"{program} on a kernel with two pages",
              tools_run("-build", folder, program).stdout, BEAST + b"\n")
    check("its functions agree with the system calls",
          tools_run("-build", folder, "-add",
                    f"{BUILD}/tests/guest/vdso_calls",
                    "vdso_calls").returncode, 0)


def test_another_kernel():
    for variant, printed in (("answer-42", FORTY_TWO),
                             ("constant", BEAST + b"\n")):
        with tempfile.TemporaryDirectory() as folder:
            build_variant(variant, folder, "kernel")
            for program in PROGRAMS:
                check(f"{program} on a kernel of variant {variant}",
                      tools_run("-build", folder, program).stdout, printed)


def check_fallback(name, glibc_says, *options):
    """Static, weak and strong programs where the function is missing."""
    done = tools_run(*options, "sh", "-c", "notb; notb-weak; notb-dynamic")
    check(f"{name}: the system call answers, the weak program says so",
          done.stdout, BEAST + b"\n" + UNKNOWN)
    check(f"{name}: our linker refuses the strong program",
          (done.returncode, done.stderr),
          (127, b"ld-colonel.so.1: /bin/notb-dynamic: " + MISSING + b"\n"))
    if HAVE_GLIBC:
        done = tools_run(*options, "notb-glibc")
        check(f"{name}: glibc's too", (done.returncode, glibc_says in
                                       done.stderr), (127, True))


def test_fallback():
    check_fallback("vdso=0", b"linux-vdso.so.1: cannot open shared object",
                   "-append", "vdso=0")
    with tempfile.TemporaryDirectory() as folder:
        build_variant("older-kernel", folder, "kernel", "UNCHECKED=1")
        check_fallback("older kernel", MISSING, "-build", folder)


def test_exercise():
    """The first story's exercise: a function of one's own in four places."""
    program = ("-add", "{}/user/bin/updates:/bin/updates", "updates")
    with tempfile.TemporaryDirectory() as folder:
        build_variant("updates", folder, "kernel", "user")
        program = [word.format(folder) for word in program]
        done = tools_run("-build", folder, "-qemu", GUEST_TIME, *program)
        check("the exercise: the page is written at each tick",
              int(done.stdout.split()[0]), 245, at_least)
        done = tools_run("-append", "vdso=0", "-build", folder, *program)
        check("the exercise: without a vDSO it says so", done.stderr,
              b"updates: this kernel does not count them\n")


def patch_sites(image):
    """(offset, length) of each place that the image's note lists."""
    phoff, phnum = struct.unpack_from("<Q", image, 32)[0], image[56]
    for i in range(phnum):
        kind, _, at, _, _, size = struct.unpack_from("<IIQQQQ", image,
                                                     phoff + 56 * i)
        end = at + size
        while kind == 4 and at < end:
            name, length, _ = struct.unpack_from("<III", image, at)
            start = at + 12 + (name + 3) // 4 * 4
            if image[at + 12:at + 12 + name] == b"Colonel\0":
                for entry in range(start, start + length, 16):
                    site, _, count = struct.unpack_from("<iBB", image, entry)
                    yield entry + site, count
            at = start + (length + 3) // 4 * 4


def check_image(name, extracted, patched):
    image = open(f"{BUILD}/vdso.so", "rb").read()
    seen = bytearray(extracted)
    sites = list(patch_sites(image))
    check(f"{name}: the image lists its patch sites", len(sites), 1, at_least)
    for at, count in sites if patched else ():
        seen[at:at + count] = image[at:at + count]
    check(f"{name}: the bytes are those of vdso.so",
          bytes(seen[:len(image)]) == image, True)
    check(f"{name}: the rest of the page is zero",
          (len(seen) % 4096, any(seen[len(image):])), (0, False))


def test_extract():
    for libc in ("musl", "glibc"):
        program = f"{BUILD}/article/extract_vdso-{libc}"
        if not os.path.exists(program):
            continue
        for cpu in ("qemu64", "max"):
            with tempfile.NamedTemporaryFile() as file:
                done = tools_run(
                    "-qemu", f"-cpu {cpu}", "-add", f"{program}:/bin/extract",
                    "-get", f"/tmp/out:{file.name}",
                    "extract", "/tmp/out", "[vdso]")
                name = f"extract_vdso, {libc}, {cpu}"
                pages = -(-os.path.getsize(f"{BUILD}/vdso.so") // 4096)
                check(f"{name}: what it says", done.stdout,
                      b"\nBytes: %d\n" % (4096 * pages), contains)
                with open(file.name, "rb") as image:
                    check_image(name, image.read(), cpu != "qemu64")
                check_tools(name, file.name)


def check_tools(name, file):
    listed = subprocess.run(["objdump", "-T", file], check=True,
                            stdout=subprocess.PIPE).stdout
    check(f"{name}: objdump -T", listed,
          b"LINUX_2.6   number_of_the_beast", contains)
    done = subprocess.run(["readelf", "-a", file], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(f"{name}: readelf -a finds nothing wrong",
          [line for line in done.stdout.splitlines()
           if b"Warning" in line or b"Error" in line], [])


main(test_notb, test_linked_with_42, test_two_pages, test_another_kernel,
     test_fallback, test_exercise, test_extract)
