"""The second emulator: guest tests about the x86 border on Bochs, which checks
what QEMU's emulation lets pass, and tools/run's contract there. With SOAK=1 all
of $GUEST_TESTS, on four CPU models, with 1 and with 2 CPUs."""

import os
import sys
import tempfile

from machine import BUILD, ROOT, check, contains, main, tools_run

sys.path.insert(0, f"{ROOT}/tools")
import bochs            # noqa: E402 (it stands in tools/)

# What differs between the emulators is tested by these.
BORDER = ["ring3_entry", "cpu_state", "signals", "vdso_calls", "clocks"]
MODELS = ["corei7_skylake_x", "ryzen", "athlon64_venice", "tigerlake"]
# They need more CPUs than Bochs is quick enough for, or hours.
NOT_HERE = ["vdso_cpus"]
LIMIT = 600             # seconds: Bochs on a busy host is slow


def guest(name, *options):
    """One guest test passes on Bochs."""
    done = tools_run("-bochs", *options, "-timeout", str(LIMIT), "-leaks",
                     "-add", f"{BUILD}/tests/guest/{name}", name,
                     limit=LIMIT + 60)
    failed = [line for line in done.stdout.splitlines()
              if line.startswith(b"not ok")]
    check(" ".join(["Bochs:", name, *options]),
          (done.returncode, failed,
           done.stderr[-1000:] if done.returncode else b""), (0, [], b""))


def test_contract():
    """Output, errors, status, -add, -get, -append and input are as on QEMU."""
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/added", "w", encoding="utf-8") as file:
            file.write("brought along\n")
        done = tools_run(
            "-bochs", "-smp", "2", "-append", "vnotb=777",
            "-add", f"{folder}/added:/tmp/added",
            "-get", f"/tmp/made:{folder}/made", "--", "sh", "-c",
            "cat /tmp/added; read w; echo $w; notb; echo bad >&2;"
            "grep -c ^processor /proc/cpuinfo > /tmp/made; exit 200",
            data=b"typed\n")
        check("Bochs: output", done.stdout,
              b"brought along\ntyped\nHis number is 777\n")
        check("Bochs: errors", done.stderr, b"bad\n")
        check("Bochs: exit status", done.returncode, 200)
        with open(f"{folder}/made", encoding="utf-8") as file:
            check("Bochs: a file fetched, from 2 CPUs", file.read(), "2\n")
    done = tools_run("-bochs", "-limit", "1", "--", "sleep", "100")
    check("Bochs: the limit", (done.returncode, done.stderr),
          (255, b"still ran after 1 seconds of the guest's time"),
          lambda seen, expected: seen[0] == expected[0] and
          expected[1] in seen[1])


def test_refused():
    """What cannot be on Bochs is refused in a sentence."""
    for words, sentence in (
            (["-smp", "4"], b"2 CPUs at most on Bochs"),
            (["-uefi"], b"-bochs goes with no option that is QEMU's"),
            (["-cpu", "none_such"], b"is there such a -cpu?")):
        done = tools_run("-bochs", *words, "notb")
        check(f"Bochs: {' '.join(words)}", (done.returncode, done.stderr),
              (255, sentence), lambda seen, expected:
              seen[0] == expected[0] and contains(seen[1], expected[1]))


def test_border():
    for name in BORDER:
        guest(name)


def test_all():
    for model in MODELS:
        for cpus in "1", "2":
            for name in os.environ["GUEST_TESTS"].split():
                if name not in NOT_HERE:
                    guest(name, "-cpu", model, "-smp", cpus)


def skip():
    check(f"Bochs # SKIP {bochs.missing()}", True, True)


main(*([skip] if bochs.missing() else [test_contract, test_refused,
       test_all if "SOAK" in os.environ else test_border]))
