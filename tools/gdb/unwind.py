"""Backtraces through the kernel's entry code, down to the program.

nasm writes no unwind tables, so gdb cannot tell who was interrupted by what.
We can: wherever entry.asm stands, the stack holds a struct trapframe, of which
the part that the CPU pushed is whole and the registers are on their way. What
is not pushed yet (or popped already) still stands in its register.
"""

import gdb
from gdb.unwinder import Unwinder

FIRST, LAST = "syscall_entry", "trap_return_to_user"    # of entry.asm
LAST_SIZE = 32
FRAMED = "syscall_entry.framed"     # all that the CPU would have pushed stands
CODE_SELECTORS = (0x10, 0x33)
STACK_SELECTORS = (0, 0x18, 0x2b)
FLAGS_FIXED = 1 << 1
WORD = 8
NOT_UNWOUND = ("vector", "code", "cs", "ss", "rflags")


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = gdb.Value(sp), gdb.Value(pc)


def address_of(symbol):
    return int(gdb.parse_and_eval(f"(unsigned long)&'{symbol}'"))


class TrapframeUnwinder(Unwinder):
    def __init__(self):
        super().__init__("colonel trapframe")
        fields = gdb.lookup_type("struct trapframe").fields()
        self.offsets = {f.name: f.bitpos // 8 for f in fields}
        self.start = address_of(FIRST)
        self.framed = address_of(FRAMED)
        self.end = address_of(LAST) + LAST_SIZE

    def word(self, address):
        memory = gdb.selected_inferior().read_memory(address, WORD)
        return int.from_bytes(bytes(memory), "little")

    def frame_at(self, sp):
        """Where the trapframe begins, or would begin, around `sp`."""
        for missing in range(self.offsets["rip"] // WORD + 1):
            start = sp - missing * WORD
            cs, ss, flags = (self.word(start + self.offsets[name])
                             for name in ("cs", "ss", "rflags"))
            if cs in CODE_SELECTORS and ss in STACK_SELECTORS \
                    and flags & FLAGS_FIXED:
                return start
        return None

    def from_frame(self, pending, pc, sp):
        start = self.frame_at(sp)
        if start is None:
            return None
        unwind = pending.create_unwind_info(FrameId(start, pc))
        for name, offset in self.offsets.items():
            if name in NOT_UNWOUND:
                continue
            value = pending.read_register(name)
            if start + offset >= sp:
                value = gdb.Value(self.word(start + offset)).cast(value.type)
            unwind.add_saved_register(name, value)
        return unwind

    def from_registers(self, pending, pc, sp):
        """SYSCALL's first steps: it left the program's place in registers."""
        if sp >= 1 << 63:
            cpu = f"((struct cpu *){int(pending.read_register('gs_base'))})"
            sp = int(gdb.parse_and_eval(f"{cpu}->user_rsp"))
        unwind = pending.create_unwind_info(FrameId(sp, pc))
        for register, value in (("rip", pending.read_register("rcx")),
                                ("rsp", gdb.Value(sp))):
            kind = pending.read_register(register).type
            unwind.add_saved_register(register, value.cast(kind))
        for register in ("rbp", "rbx", "r12", "r13", "r14", "r15"):
            unwind.add_saved_register(register,
                                      pending.read_register(register))
        return unwind

    def __call__(self, pending):
        pc = int(pending.read_register("rip"))
        if not self.start <= pc < self.end:
            return None
        sp = int(pending.read_register("rsp")) & (1 << 64) - 1
        try:
            if pc < self.framed:
                return self.from_registers(pending, pc, sp)
            return self.from_frame(pending, pc, sp)
        except gdb.MemoryError:
            return None


gdb.unwinder.register_unwinder(None, TrapframeUnwinder(), replace=True)
