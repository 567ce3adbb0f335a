"""What a student hands in: the changes to the files that the lab lets one
change, as a patch against the starter; and its reading, with suspicion."""

import os
import re
import stat

from lab_lib import course

LARGEST = 1 << 20       # bytes of a hand-in, and of a file in it
HEADER = re.compile(r"^diff --git a/(\S+) b/(\S+)$")
REFUSED = re.compile(
    r"^(old mode|new mode|rename |copy |similarity |dissimilarity |"
    r"GIT binary|Binary files|new file mode (?!100644)|"
    r"deleted file mode (?!100644))")


def patch(lab):
    """The patch, from the starter's one commit to the files as they are."""
    root = course.ROOT
    first = course.git(root, "rev-list", "--max-parents=0", "HEAD").split()[0]
    listed = course.git(root, "ls-files", "-z", "-co", "--exclude-standard")
    names = sorted({name for name in listed.split("\0")
                    if name and lab.may_change(name)} |
                   {name for name in course.git(
                       root, "ls-tree", "-r", "-z", "--name-only",
                       first).split("\0") if lab.may_change(name)})
    for name in names:          # new ones, so that diff sees them
        if os.path.exists(f"{root}/{name}"):
            course.git(root, "add", "-N", "--", name)
    text = course.git(root, "diff", "--no-color", "--no-ext-diff",
                      "--no-renames", "--no-textconv", first, "--",
                      *names) if names else ""
    if not text:
        raise course.Trouble("nothing is changed: this lab lets one change "
                             f"{' '.join(lab.change)}")
    return text


def refuse(lab, name):
    """Why a hand-in may not have this file, or None."""
    if name.startswith("/") or ".." in name.split("/") or \
            not re.fullmatch(r"[\w./+-]+", name):
        return f"it changes {name!r}, which is no name of the tree"
    if not lab.may_change(name):
        return f"it changes {name}; this lab lets one change " \
            f"{' '.join(lab.change)}"
    return None


def read_patch(lab, text):
    """Raises Trouble unless the patch changes plain allowed files alone."""
    name, names = None, []
    for line in text.split("\n"):
        header = HEADER.match(line)
        if header:
            if header[1] != header[2]:
                raise course.Trouble(f"it renames {header[1]}")
            name = header[1]
            names.append(name)
        elif line.startswith("diff --git"):
            raise course.Trouble("it has a file with an odd name: "
                                 f"{line[:100]!r}")
        elif REFUSED.match(line):
            raise course.Trouble(f"{name}: not a plain change: {line[:60]!r}")
        elif line.startswith(("--- ", "+++ ")) and name and \
                not re.match(rf"(---|\+\+\+) (/dev/null|[ab]/{re.escape(name)}"
                             r")\t?$", line) and line[4:5] in "ab/.":
            # a changed line may begin with "-- " or "++ ": git counts those
            if re.match(r"(---|\+\+\+) ([ab]?/|\.\.)\S*$", line):
                raise course.Trouble(f"a header does not fit: {line[:100]!r}")
    if not names:
        raise course.Trouble("it is no patch that tools/lab hand-in made")
    for changed in names:
        why = refuse(lab, changed)
        if why:
            raise course.Trouble(why)
    return names


def plain_file(path):
    """The bytes of a regular file, no link, of sensible size."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST:
            raise course.Trouble(f"{os.path.basename(path)} is no plain file "
                                 f"below {LARGEST >> 20} MiB")
        return file.read()


def take(lab, path, tree):
    """Puts a hand-in, a patch or a folder, into a pristine tree; raises
    Trouble with a sentence for its row if it is refused."""
    try:
        if os.path.isdir(path):
            return take_folder(lab, path, tree)
        text = plain_file(path).decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        raise course.Trouble("it is no text") from None
    except OSError as error:
        raise course.Trouble(f"cannot be read: {error.strerror}") from None
    names = read_patch(lab, text)
    copy = os.path.join(tree, ".hand-in.patch")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        course.git(tree, "apply", "--whitespace=nowarn", ".hand-in.patch")
    except course.Trouble as trouble:
        raise course.Trouble("it does not apply to the starter: "
                             f"{trouble}") from None
    finally:
        os.remove(copy)
    return names


def take_folder(lab, path, tree):
    """The allowed files of a student's tree, and no other."""
    names = []
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in (".git", "build")
                      and not os.path.islink(os.path.join(folder, name))]
        for file in files:
            name = os.path.relpath(os.path.join(folder, file), path)
            if refuse(lab, name):
                continue
            data = plain_file(os.path.join(path, name))
            os.makedirs(os.path.dirname(f"{tree}/{name}"), exist_ok=True)
            with open(f"{tree}/{name}", "wb") as out:
                out.write(data)
            names.append(name)
    if not names:
        raise course.Trouble("it has no file that this lab lets one change: "
                             f"{' '.join(lab.change)}")
    return names
