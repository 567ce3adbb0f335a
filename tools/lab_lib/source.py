"""Finds functions in C sources by name, to put others in their place.

The tree's format makes that easy: what stands at the top level begins in the
first column, and ends with a brace, or a semicolon, that does. A definition
reaches from the comment right above it to that end.
"""

import re

END = re.compile(r"^\}[^{]*;?\s*$")
NAME = (re.compile(r"^[^=(]*?\b(\w+)\((?!\()"),                 # a function
        re.compile(r"^[^=(]*?\b(\w+)(?:\[[^\]]*\])*\s*=\s*\{"),  # an object
        re.compile(r"^[^=(]*?\b(\w+)\s*=\s*[^{]*;\s*$"))


class NotFound(Exception):
    """A sentence: what is not in the source, and where it was looked for."""


def comment_above(lines, start):
    """The line where the comment begins that ends right above `start`."""
    if not start or not lines[start - 1].rstrip().endswith("*/"):
        return start
    at = start - 1
    while at and not lines[at].lstrip().startswith("/*"):
        at -= 1
    return at if lines[at].startswith("/*") else start


def head(lines, start):
    """The lines of a definition up to its brace, and where that stands."""
    for at in range(start, min(start + 12, len(lines))):
        if lines[at].startswith("{") or lines[at].rstrip().endswith("{"):
            return "".join(lines[start:at + 1]), at
        if at > start and not lines[at].strip():
            break
        if lines[at].rstrip().endswith(";"):
            return "".join(lines[start:at + 1]), None
    return "", None


def definitions(text):
    """(name, first line, line behind the last) of each definition."""
    lines = text.splitlines(keepends=True)
    at, in_comment = 0, False
    while at < len(lines):
        line = lines[at]
        if in_comment or line.startswith("/*"):
            in_comment = "*/" not in line
            at += 1
            continue
        if not re.match(r"[A-Za-z_]", line):
            at += 1
            continue
        words, brace = head(lines, at)
        found = next(filter(None, (pattern.match(words.replace("\n", " "))
                                   for pattern in NAME)), None)
        if brace is None:
            if found and "=" in words:
                count = words.count("\n")
                yield found[1], comment_above(lines, at), at + count
            at += max(words.count("\n"), 1)
            continue
        end = brace if lines[brace].count("{") == lines[brace].count("}") \
            else brace + 1
        while end < len(lines) and not END.match(lines[end]):
            end += 1
        if found and not words.startswith(("struct {", "enum", "typedef")):
            yield found[1], comment_above(lines, at), end + 1
        at = end + 1


def find(text, name, where):
    found = [(first, last) for known, first, last in definitions(text)
             if known == name]
    if len(found) != 1:
        raise NotFound(f"{where}: {name}() is there {len(found)} times, "
                       "not once")
    return found[0]


def replace(text, name, new, where):
    """The text with another definition in place of that name's."""
    first, last = find(text, name, where)
    lines = text.splitlines(keepends=True)
    return "".join(lines[:first]) + new + "".join(lines[last:])


def remove(text, name, where):
    """The text without that definition and the blank line behind it."""
    first, last = find(text, name, where)
    lines = text.splitlines(keepends=True)
    if last < len(lines) and not lines[last].strip():
        last += 1
    return "".join(lines[:first] + lines[last:])


def remove_line(text, wanted, where):
    """The text without the one line that says this."""
    lines = text.splitlines(keepends=True)
    found = [at for at, line in enumerate(lines) if line.strip() == wanted]
    if len(found) != 1:
        raise NotFound(f"{where}: the line {wanted!r} is there {len(found)} "
                       "times, not once")
    del lines[found[0]]
    at = found[0]
    if 0 < at < len(lines) and not lines[at].strip() and (
            not lines[at - 1].strip() or lines[at - 1].rstrip() == "{"):
        del lines[at]
    return "".join(lines)


def change_line(text, old, new, where):
    """The text with another line, indented the same, in place of that one."""
    lines = text.splitlines(keepends=True)
    found = [at for at, line in enumerate(lines) if line.strip() == old]
    if len(found) != 1:
        raise NotFound(f"{where}: the line {old!r} is there {len(found)} "
                       "times, not once")
    line = lines[found[0]]
    indent = line[:len(line) - len(line.lstrip())]
    lines[found[0]] = "".join(f"{indent}{part}\n"
                              for part in new.splitlines())
    return "".join(lines)


def fill(text, holes, where):
    """The text with each definition of `holes` in the place of the one of the
    same name."""
    lines = holes.splitlines(keepends=True)
    for name, first, last in definitions(holes):
        text = replace(text, name, "".join(lines[first:last]), where)
    return text
