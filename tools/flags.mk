# The tools, and the flags with which each kind of source is built. Part of the
# Makefile, whose head says which of them one may set.

BUILD   := build
OPT     := -O2
WERROR  :=
HOSTCC  := gcc
PYTHON  := /usr/bin/python3
BUSYBOX := $(shell command -v busybox)
FONT    := /usr/share/grub/unicode.pf2

native := $(if $(filter x86_64,$(shell uname -m)),,x86_64-linux-gnu-)
CROSS  := $(if $(shell command -v x86_64-elf-gcc),x86_64-elf-,$(native))
CC      = $(CROSS)gcc
LD      = $(CROSS)ld
AR      = $(CROSS)ar
NM      = $(CROSS)nm
OBJCOPY = $(CROSS)objcopy
NASM   := nasm

is_clang     := $(findstring clang,$(CC))
unless_clang  = $(if $(is_clang),,$(1))
# clang before 16 wants to be told twice; a later one may not know the words.
told_twice := \
  -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
auto_init_for_clang := $(if $(is_clang),$(shell \
	$(CC) $(told_twice) -E -x c /dev/null > /dev/null 2>&1 && \
	echo $(told_twice)))

warnings := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wvla \
	$(WERROR)

# if (ASSERTIONS) … is in the code of a build with ASSERT=1 alone, and
# if (EXPLORING) … in that of one with EXPLORE=1.
assertions := -DASSERTIONS=$(if $(ASSERT),true,false) \
	-DEXPLORING=$(if $(EXPLORE),true,false)

# Only the compiler's own headers: <stdint.h> is there, <stdio.h> is not. The
# second line turns off what distributions' compilers turn on by themselves.
freestanding := -std=gnu11 -g $(OPT) $(warnings) -I. -ffreestanding -nostdinc \
	-isystem $(shell $(CC) -print-file-name=include) \
	-fno-stack-protector -fcf-protection=none -fno-common

kernel_flags := $(freestanding) -I$(BUILD)/include \
	-fno-pie -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -fno-delete-null-pointer-checks \
	$(if $(ASSERT),,-ftrivial-auto-var-init=zero $(auto_init_for_clang)) \
	$(assertions) $(if $(UBSAN),-fsanitize=undefined -fno-sanitize=null)

# Position independent, without a writable byte, and with the unwind tables
# that let a debugger or an exception pass through it.
vdso_flags = $(freestanding) -fPIC -fno-plt -Wno-missing-prototypes \
	-march=x86-64 -mgeneral-regs-only -fomit-frame-pointer \
	-fasynchronous-unwind-tables -fno-jump-tables \
	$(call unless_clang,$(vdso_gcc_flags))

# One page for all: no padding but before functions, no function in two parts.
vdso_gcc_flags := -falign-jumps=1 -falign-loops=1 -falign-labels=1 \
	-fno-reorder-blocks-and-partition

user_flags := $(freestanding) -fno-pie -fno-omit-frame-pointer \
	-fno-asynchronous-unwind-tables -ffunction-sections

host_flags := -std=gnu11 -g -O1 $(warnings) -I. -I$(BUILD)/include \
	-DASSERTIONS=false -DEXPLORING=false

# Later nasms warn of each relocation: all of them are what is meant here.
nasm_flags := -f elf64 -g -F dwarf -w+all -w-unknown-warning -w-reloc \
	-I./ -I$(BUILD)/ -I$(BUILD)/include/

kernel_ldflags := -nostdlib -static -z max-page-size=4096 -z noexecstack \
	--build-id=none

vdso_ldflags := -shared -nostdlib -soname linux-vdso.so.1 -Bsymbolic \
	--no-undefined --hash-style=both --build-id=sha1 --eh-frame-hdr \
	-z max-page-size=4096 -z noexecstack

user_ldflags := -nostdlib -static -z max-page-size=4096 -z noexecstack \
	--build-id=none --gc-sections -u _start

# A loop that is memset() must not be compiled into a call of memset().
%/lib/string.o: string_flags := \
	$(call unless_clang,-fno-tree-loop-distribute-patterns)

QEMU       := qemu-system-x86_64
QEMU_FLAGS := -cpu max -m 256 -smp 1 -net none -no-reboot -serial mon:stdio
NO_WINDOW  := -display none
WINDOW     := -display gtk
OVMF       := /usr/share/ovmf/OVMF.fd
UEFI       :=
APPEND     ?=
