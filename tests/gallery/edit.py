#!/usr/bin/python3
"""Makes an image wrong where neither compiler nor linker can be told to.

    tests/gallery/edit.py no-types|no-section-headers IMAGE
"""

import struct
import sys

SHT_DYNSYM = 11


def main(what, path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    table, = struct.unpack_from("<Q", data, 40)
    count, = struct.unpack_from("<H", data, 60)
    if what == "no-section-headers":
        struct.pack_into("<Q", data, 40, 0)
        struct.pack_into("<HH", data, 60, 0, 0)
        data[table:table + 64 * count] = bytes(64 * count)
    for at in range(table, table + 64 * count, 64):
        kind, = struct.unpack_from("<I", data, at + 4)
        start, size = struct.unpack_from("<QQ", data, at + 24)
        if what == "no-types" and kind == SHT_DYNSYM:
            for symbol in range(start, start + size, 24):
                data[symbol + 4] &= 0xf0
    with open(path, "wb") as file:
        file.write(data)


main(*sys.argv[1:])
