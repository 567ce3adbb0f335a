"""What a person changes while the machine runs: the number of the beast, seen
by a program that runs already, and randomize_va_space."""

import re

from machine import at_least, check, contains, main, matches, tools_run

NUMBER = "/proc/sys/kernel/vnotb"
RANDOM = "/proc/sys/kernel/randomize_va_space"


def shell(script, *options):
    done = tools_run(*options, "--", "sh", "-c", script)
    return (done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"))


def test_number_changes():
    output, _ = shell(f"""notb -w > /tmp/seen &
        until grep 666 /tmp/seen; do sleep 0.1; done
        echo 42 > {NUMBER}
        until grep 42 /tmp/seen; do sleep 0.1; done""")
    check("a running notb -w begins with 666", output, "number is 666",
          contains)
    check("and sees 42", output, "number is 42", contains)


def test_bad_numbers():
    output, errors = shell(
        "".join(f"echo {word} > {NUMBER}; " for word in
                ("-1", "-4095", "99999999999", "beast", "1.5"))
        + f"cat {NUMBER}")
    check("each bad number is refused", errors.count("Invalid argument"), 5)
    check("and changes nothing", output, "666\n")
    output, _ = shell(f"echo -4096 > {NUMBER}; sleep 0.01; notb")
    check("-4096 is a number like any other", output,
          "His number is -4096\n")


def addresses(script):
    return re.findall(r"^([0-9a-f]+)-.*\[vdso\]$", shell(script)[0], re.M)


def test_random_addresses():
    look = "for i in 1 2 3 4 5 6; do grep vdso /proc/self/maps; done"
    check("the vDSO lies somewhere else each time",
          len(set(addresses(look))), 4, at_least)
    fixed = addresses(f"echo 0 > {RANDOM}; {look}")
    check("but not with randomize_va_space=0", (len(fixed), len(set(fixed))),
          (6, 1))


def test_trace():
    """A write(2) of 18 bytes, in the ring and on the console."""
    text, _ = shell("notb > /dev/null; cat /proc/trace", "-append",
                    "trace=call,result,tick")
    check("/proc/trace: a call", text, " call write(0x1, ", contains)
    check("... its result", text, " result write = 18\n", contains)
    check("... the ticks", text, " tick ", contains)
    check("... but no fault", " fault " in text, False)
    done = tools_run("-v", "-append", "trace=print", "--", "notb")
    check("trace=print", done.stderr.decode(), r"\[\d+ notb\] write\(0x1, "
          r"0x[0-9a-f]+, 0x12\) = 18", matches)


main(test_number_changes, test_bad_numbers, test_random_addresses, test_trace)
