"""Runs what a stranger wrote: in namespaces of its own (bubblewrap), without a
network, with the system's programs read-only and one folder to write to, and
with limits. Started by root it runs as nobody, whom the limit on processes
binds as well."""

import os
import shutil
import subprocess

from lab_lib import course

NOBODY = 65534
LIMITS = ("--as=6442450944", "--fsize=536870912", "--nproc=512",
          "--cpu=900", "--core=0")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# What compilers and the dynamic linker read of /etc; nothing of the users.
CONFIGURATION = ("/etc/alternatives", "/etc/ld.so.cache")


def words(tree, command):
    """The command, in a sandbox that may write to `tree` alone."""
    made = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session",
            "--clearenv", "--setenv", "PATH", "/usr/bin:/bin", "--setenv",
            "LC_ALL", "C.UTF-8", "--setenv", "HOME", "/tmp"]
    for path in SYSTEM:
        if os.path.islink(path):
            made += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            made += ["--ro-bind", path, path]
    for path in CONFIGURATION:
        made += ["--ro-bind-try", path, path]
    os.makedirs(f"{tree}.tmp", exist_ok=True)
    made += ["--proc", "/proc", "--dev", "/dev", "--bind", f"{tree}.tmp",
             "/tmp", "--bind", tree, tree, "--chdir", tree, "--",
             "prlimit", *LIMITS, *command]
    if os.geteuid() == 0:
        os.chown(f"{tree}.tmp", NOBODY, NOBODY)
        made = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
                "--clear-groups", *made]
    return made


def give(tree):
    """The tree belongs to who will run in it."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-hR", f"{NOBODY}:{NOBODY}", tree],
                       check=True)


def check(tree):
    """Raises Trouble, with what to do, where there is no sandbox."""
    if not shutil.which("bwrap"):
        raise course.Trouble(
            "building and running what strangers wrote needs bubblewrap: "
            "tools/setup lab installs it. In a container that is thrown away "
            "afterwards: --no-sandbox")
    done = subprocess.run(words(tree, ["true"]), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, text=True)
    if done.returncode:
        raise course.Trouble(
            "bubblewrap does not work here (a container without user "
            f"namespaces?): {done.stdout.strip()}. In a container that is "
            "thrown away afterwards: --no-sandbox")
