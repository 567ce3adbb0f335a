#!/usr/bin/python3
"""Lists what the headers of kernel/abi/ define, for tests/host/test_abi.c.

abi_list.py HEADER... > abi-list.h

Writes an X-macro file with one line for each constant, function-like macro,
type and field.  test_abi_ours.c includes it over these headers, the other
two over the system's; test_abi.c compares.  A header that this cannot read
to the last line is an error, so that nothing escapes the comparison.
"""
import os
import re
import sys

# Of this kernel alone, or newer than the headers of Debian 12.
OWN_HEADERS = ("capabilities.h", "patch.h", "vgetrandom.h")

PADDING = re.compile(r"pad|spare|reserved|unused")


def statements(text):
    """The declarations of a header: comments and directives taken out."""
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    text = re.sub(r"__attribute__\(\(\w+\)\)", "", text)
    return re.findall(r"[{};]|[^{};\s][^{};]*", text)


def parse_fields(tokens, prefix):
    """Reads members up to the closing brace; yields (path, is_flexible)."""
    while (token := tokens.pop(0).strip()) != "}":
        if token in ("struct", "union"):
            assert tokens.pop(0) == "{", token
            inner = list(parse_fields(tokens, ""))
            name = tokens.pop(0).strip()
            if name != ";":
                assert tokens.pop(0) == ";", name
                yield prefix + name, False
                inner = [(f"{name}.{path}", flex) for path, flex in inner]
            yield from ((prefix + path, flex) for path, flex in inner)
        else:
            match = re.fullmatch(r".*\b(\w+)\s*(\[.*\])?", token, re.S)
            assert match and tokens.pop(0) == ";", token
            yield prefix + match[1], match[2] == "[]"


def parse_types(tokens):
    """Yields (type name, its fields) for each declaration of a header."""
    while tokens:
        head = tokens.pop(0).strip()
        if tokens[0] == ";":
            match = re.fullmatch(r"typedef \w+ (\w+)", head)
            assert match, f"cannot read: {head}"
            tokens.pop(0)
            yield match[1], []
            continue
        match = re.fullmatch(r"(typedef )?(struct|union)( \w+)?", head)
        assert match and tokens.pop(0) == "{", f"cannot read: {head}"
        fields = list(parse_fields(tokens, ""))
        alias = tokens.pop(0).strip()
        if alias != ";":
            assert tokens.pop(0) == ";", alias
        yield (match[2] + match[3] if match[3] else alias), fields


def print_macros(text):
    guard = re.search(r"#ifndef (\w+)", text)[1]
    for name, args, value in re.findall(
            r"^#define (\w+)(\([^)]*\))?[ \t]*(.*)", text, re.M):
        if name == guard:
            continue
        if args:
            kind = f"FUNCTION{args.count(',') + 1}"
        else:
            kind = "STRING" if value.startswith('"') else "CONSTANT"
        print(f"#if defined({name}) && defined({kind})")
        print(f"{kind}({name})\n#endif")


def print_types(text):
    for name, fields in parse_types(statements(text)):
        tag = name.split()[-1]
        print(f"#if defined(TYPE) && (defined(ABI_OURS) || \\\n"
              f"\tdefined(LIBC_{tag}) == defined(ABI_LIBC))")
        if not any(flexible for _, flexible in fields):
            print(f"TYPE({name})")
        for path, flexible in fields:
            if not PADDING.search(path):
                kind = "OFFSET" if flexible else "FIELD"
                print(f"{kind}({name}, {path})")
        print("#endif")


def main():
    print("/* Made by tests/host/abi_list.py. */")
    headers = [header for header in sorted(sys.argv[1:])
               if os.path.basename(header) not in OWN_HEADERS]
    print("#ifdef ABI_INCLUDES")
    for header in headers:
        print(f'#include "{header}"')
    print("#endif")
    for header in headers:
        with open(header, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        text = text.replace("\\\n", " ")
        print_macros(text)
        print_types(text)


main()
