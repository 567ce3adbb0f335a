"""The dynamic linker on this kernel: each program that tests/host/test_ldso.py
runs on Linux runs here too, the same files, and the answers are compared."""

import os
import shutil
import sys
import tempfile

from machine import BUILD, check, main, tools_run

sys.path.insert(0, "tests/host")
import linking
import test_ldso

# They look at what differs between runs or kernels, or name the host's folders.
NOT_HERE = ("paths", "stack_protector", "show_auxv", "debug_bindings",
            "set_user_id_takes_no_advice", "no_program")
LINKER = "/lib/ld-colonel.so.1"


class Recorder:
    """Keeps the files of each run in a folder of its own, and the answer."""

    def __init__(self, folder):
        self.folder, self.runs, self.name = folder, [], ""

    def __call__(self, path, words, environment, result):
        kept = f"{self.folder}/{len(self.runs)}"
        os.mkdir(kept)
        for name in os.listdir(path):
            if not name.endswith((".c", ".so.1")) and \
                    name not in ("libc.so", "vdso.so"):
                shutil.copy(f"{path}/{name}", kept, follow_symlinks=False)
        self.runs.append((self.name, words, environment, result))

    def record(self):
        linking.Folder.recorder = staticmethod(self)
        for name, function in list(vars(test_ldso).items()):
            self.name = name[len("test_"):]
            if name.startswith("test_") and self.name not in NOT_HERE:
                folder = linking.Folder()
                try:
                    function(folder)
                except linking.Skip:
                    pass
                finally:
                    folder.remove()

    def script(self):
        """Runs everything in the guest; each answer between two lines."""
        lines = []
        for number, (_, words, environment, _) in enumerate(self.runs):
            variables = {"LD_LIBRARY_PATH": ".", **environment}
            lines.append(f"mkdir -p /t/{number}; cd /t/{number}")
            lines += [f"ln -s {target} {name}"
                      for name, target in self.links(number)]
            lines += [" ".join((
                "env -i", *(f"{k}={v}" for k, v in variables.items()),
                LINKER, *(f"'{word}'" for word in words), "> out 2> err")),
                "status=$?", f"echo '=== {number}' $status",
                "cat out", "echo; echo ---", "cat err"]
        return "\n".join(lines) + "\n"

    def files(self, number):
        return (f"{self.folder}/{number}/{name}"
                for name in os.listdir(f"{self.folder}/{number}"))

    def links(self, number):
        return ((os.path.basename(file), os.readlink(file))
                for file in self.files(number) if os.path.islink(file))

    def adds(self):
        for number in range(len(self.runs)):
            for file in self.files(number):
                if not os.path.islink(file):
                    name = os.path.basename(file)
                    yield from ("-add", f"{file}:/t/{number}/{name}")


def answers(output):
    """Number of a run to (status, output, errors, less the shell's own)."""
    found = {}
    for part in output.split("=== ")[1:]:
        head, _, rest = part.partition("\n")
        out, _, err = rest.partition("\n---\n")
        for word in ("Segmentation fault\n", "Aborted\n"):
            err = err.removesuffix(word)
        number, status = head.split()
        found[int(number)] = (int(status), out, err)
    return found


def test_same_as_linux():
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(folder)
        recorder.record()
        script = f"{folder}/script"
        with open(script, "w", encoding="ascii") as file:
            file.write(recorder.script())
        done = tools_run("-timeout", "180", *recorder.adds(),
                         "-add", f"{script}:/t/script", "sh", "/t/script")
        seen = answers(done.stdout.decode(errors="replace"))
        check("all of them ran", len(seen), len(recorder.runs))
        for number, (name, words, _, result) in enumerate(recorder.runs):
            check(f"{name}, run {number}, {' '.join(words)}",
                  seen.get(number), result)


def test_started_by_the_kernel():
    """By its PT_INTERP, as users do it."""
    check("a program starts by its PT_INTERP",
          tools_run("notb-dynamic").returncode, 0)
    done = tools_run("-add", f"{BUILD}/article/notb-dynamic:/bin/n", "sh",
                     "-c", "mv /lib/ld-colonel.so.1 /lib/x; n")
    check("without its linker it does not start", done.returncode, 127)


main(test_same_as_linux, test_started_by_the_kernel)
