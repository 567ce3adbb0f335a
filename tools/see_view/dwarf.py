"""The kernel's structures and variables, by name, from its DWARF.

A Record is a structure in the machine's memory: record.member reads that
member, follows a pointer to a structure (None for NULL) and makes a string of
an array of char. What is not there raises Missing, with the name in it.
"""

from elftools.elf.elffile import ELFFile


class Missing(Exception):
    """The kernel has no such name: a sentence."""


TRANSPARENT = ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type",
               "DW_TAG_atomic_type")


class Symbols:
    """The symbols of colonel.elf, and its types as far as they are asked
    for."""

    def __init__(self, file):
        self.elf = ELFFile(file)
        if not self.elf.has_dwarf_info():
            raise Missing("colonel.elf has no debugging information")
        self.info = self.elf.get_dwarf_info()
        self.addresses, self.names = {}, {}
        for symbol in self.elf.get_section_by_name(".symtab").iter_symbols():
            if symbol.name and symbol["st_info"]["type"] != "STT_FILE":
                self.addresses.setdefault(symbol.name, symbol["st_value"])
                self.names.setdefault(symbol["st_value"], symbol.name)
        self.structures, self.variables, self.enums = {}, {}, {}
        self.layouts, self.types = {}, {}
        for unit in self.info.iter_CUs():
            for die in unit.get_top_DIE().iter_children():
                self.remember(die)

    def remember(self, die):
        if die.tag == "DW_TAG_structure_type":
            if "DW_AT_name" in die.attributes and \
                    "DW_AT_declaration" not in die.attributes:
                self.structures.setdefault(name_of(die), die)
        elif die.tag == "DW_TAG_variable" and "DW_AT_name" in die.attributes:
            if "DW_AT_external" in die.attributes or \
                    "DW_AT_location" in die.attributes:
                self.variables.setdefault(name_of(die), die)
        elif die.tag == "DW_TAG_enumeration_type" and \
                "DW_AT_name" in die.attributes:
            self.enums.setdefault(name_of(die), die)

    def has(self, name):
        return name in self.addresses

    def address(self, name):
        if name not in self.addresses:
            raise Missing(f"the kernel has no symbol {name}")
        return self.addresses[name]

    def enum(self, name):
        """{value: name} of an enumeration."""
        if name not in self.enums:
            raise Missing(f"the kernel has no enum {name}")
        return {c.attributes["DW_AT_const_value"].value: name_of(c)
                for c in self.enums[name].iter_children()}

    def layout(self, structure):
        """(size, {member: (offset, type)}) of a structure."""
        if structure not in self.layouts:
            if structure not in self.structures:
                raise Missing(f"the kernel has no struct {structure}")
            die = self.structures[structure]
            self.layouts[structure] = (
                die.attributes["DW_AT_byte_size"].value,
                {name_of(m):
                 (m.attributes["DW_AT_data_member_location"].value,
                  self.type(m))
                 for m in die.iter_children() if m.tag == "DW_TAG_member"
                 and "DW_AT_name" in m.attributes})
        return self.layouts[structure]

    def variable(self, name):
        """(address, type) of a variable."""
        if name not in self.variables:
            raise Missing(f"the kernel has no variable {name}")
        return self.address(name), self.type(self.variables[name])

    def type(self, die):
        """The type of a member or variable, as a tuple: ("int", size, signed),
        ("struct", name), ("pointer", type), ("array", type, count), ("other",
        size)."""
        target = die.get_DIE_from_attribute("DW_AT_type") \
            if "DW_AT_type" in die.attributes else None
        while target is not None and target.tag in TRANSPARENT:
            target = target.get_DIE_from_attribute("DW_AT_type") \
                if "DW_AT_type" in target.attributes else None
        if target is None:
            return ("other", 0)
        if target.offset not in self.types:
            self.types[target.offset] = self.describe(target)
        return self.types[target.offset]

    def describe(self, die):
        size = die.attributes["DW_AT_byte_size"].value \
            if "DW_AT_byte_size" in die.attributes else 0
        if die.tag == "DW_TAG_base_type":
            encoding = die.attributes["DW_AT_encoding"].value
            return ("char",) if encoding == 6 else \
                ("int", size, encoding == 5)
        if die.tag == "DW_TAG_enumeration_type":
            return ("int", size, False)
        if die.tag == "DW_TAG_structure_type" and "DW_AT_name" in \
                die.attributes:
            return ("struct", name_of(die))
        if die.tag == "DW_TAG_pointer_type":
            # the structure behind it by name alone: they refer to each other
            return ("pointer", self.pointee(die))
        if die.tag == "DW_TAG_array_type":
            counts = [c.attributes["DW_AT_upper_bound"].value + 1
                      for c in die.iter_children()
                      if isinstance(getattr(c.attributes.get(
                          "DW_AT_upper_bound"), "value", None), int)]
            return ("array", self.type(die), counts[0] if counts else 0)
        return ("other", size)

    def pointee(self, die):
        kind = self.type(die)
        return kind if kind[0] in ("struct", "pointer") else ("other", 0)

    def size(self, kind):
        if kind[0] == "struct":
            return self.layout(kind[1])[0]
        if kind[0] == "array":
            return self.size(kind[1]) * kind[2]
        return {"pointer": 8, "char": 1}.get(kind[0]) or kind[1]


def name_of(die):
    return die.attributes["DW_AT_name"].value.decode()


class Record:
    """A structure at a virtual address."""

    def __init__(self, machine, structure, address):
        self._machine, self._structure = machine, structure
        self._address = address

    def __getattr__(self, member):
        members = self._machine.symbols.layout(self._structure)[1]
        if member not in members:
            raise Missing(f"struct {self._structure} has no member {member}")
        offset, kind = members[member]
        return self._machine.value(self._address + offset, kind)

    def __eq__(self, other):
        return other is not None and self._address == other._address

    def __hash__(self):
        return self._address

    def has(self, member):
        return member in self._machine.symbols.layout(self._structure)[1]

    def at(self, member):
        """The member's own address."""
        members = self._machine.symbols.layout(self._structure)[1]
        if member not in members:
            raise Missing(f"struct {self._structure} has no member {member}")
        return self._address + members[member][0]

    def items(self):
        """(name, value) of all members."""
        for name in self._machine.symbols.layout(self._structure)[1]:
            yield name, getattr(self, name)
