# Colonel's one makefile: it includes no other and calls none in a subfolder.
#
#	make            build/colonel.iso, colonel.elf, vdso.so, initrd.cpio
#	make run        boot the ISO in QEMU, serial console in this terminal
#	make run-uefi   the same on UEFI
#	make run-gui    the same with a window (UEFI=1: on UEFI): screen and
#	                keyboard are a second terminal
#	make run-kernel boot the kernel straight, without GRUB (APPEND="WORDS")
#	make gdb        stop at the first kernel instruction, in gdb
#	make test       all tests; T=NAME runs one, or all whose names start so
#	                REPORT=junit also writes $(BUILD)/report.xml
#	make soak       every machine of tests/boot/machines.table, each guest
#	                test on 1 to 8 CPUs, ten minutes of stress from SEED=N
#	                on: hours
#	make lint       format, layers, sizes, citations and other checks
#	make mutants    code made wrong in many ways: each must be caught
#	make check      test and lint, counted together
#	make bench      what everything costs, beside Linux and the targets;
#	                T=PART for one part, DOCS=1 to renew docs/speed.md
#	make syscalls   the table of system calls as it was linked
#	make clean      remove $(BUILD)
#	make vdso, user, kernel, guest-tests, host-tests    one part
#	make compile_commands.json                          for editors
#
#	BUILD=DIR       build there instead of build/
#	OPT=-Og         optimisation of all three images (default -O2)
#	CROSS=PREFIX-   tool chain: x86_64-elf- if found, else the native one
#	OPTIONAL="PARTS" only these optional parts of the kernel (OPTIONAL=:
#	                none, the core alone)
#	UBSAN=1         a kernel that panics where C gives no meaning
#	ASSERT=1        one that checks its locks, and spoils unused memory
#	CC=clang        another compiler; linking is always done by ld
#	WERROR=-Werror  warnings are errors
#	BUSYBOX=        no shell in the initrd (default: the system's busybox)
#	V=1             show the commands
#
# build/ mirrors the tree, and the folder that a file is in decides its flags.
# A new file needs its name in one of the lists below, which stand in the order
# in which to read them.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# ---- What is built ----------------------------------------------------------

boot_asm := boot/boot.asm boot/ap.asm

boot_c := boot/bootinfo.c

kernel_asm := kernel/cpu/entry.asm kernel/cpu/switch.asm \
	kernel/mm/usercopy.asm kernel/mm/page.asm \
	kernel/process/vdso_image.asm

lib_c := kernel/lib/string.c kernel/lib/printf.c

cpu_c := kernel/cpu/cpu.c kernel/cpu/descriptors.c kernel/cpu/trap.c \
	kernel/cpu/context.c kernel/cpu/fpu.c kernel/cpu/patch.c \
	kernel/cpu/acpi.c kernel/cpu/apic.c kernel/cpu/serial.c \
	kernel/cpu/kprintf.c kernel/cpu/backtrace.c

mm_c := kernel/mm/fail.c kernel/mm/frame.c kernel/mm/pagetable.c \
	kernel/mm/vmap.c kernel/mm/kmalloc.c kernel/mm/space.c \
	kernel/mm/area.c kernel/mm/map.c kernel/mm/remap.c kernel/mm/fault.c \
	kernel/mm/tlb.c kernel/mm/uaccess.c

sched_c := kernel/sched/task.c kernel/sched/sched.c kernel/sched/wait.c \
	kernel/sched/worker.c \
	kernel/sched/smp.c

time_c := kernel/time/tsc.c kernel/time/pmtimer.c kernel/time/hpet.c \
	kernel/time/pit.c kernel/time/calibrate.c kernel/time/watch.c \
	kernel/time/warp.c kernel/time/ntp.c kernel/time/timeline.c \
	kernel/time/timekeeper.c kernel/time/vvar.c kernel/time/rtc.c \
	kernel/time/time_init.c kernel/time/timer_queue.c \
	kernel/time/timer.c kernel/time/sleep.c kernel/time/tick.c

dev_c := kernel/dev/console.c kernel/dev/port.c kernel/dev/uart.c \
	kernel/dev/vt.c kernel/dev/vt_control.c kernel/dev/screen.c \
	kernel/dev/keymap.c kernel/dev/keyboard.c \
	kernel/dev/tty.c kernel/dev/tty_line.c kernel/dev/tty_ioctl.c \
	kernel/dev/random.c kernel/dev/fwcfg.c kernel/dev/power.c

fs_c := kernel/fs/inode.c kernel/fs/dentry.c kernel/fs/path.c \
	kernel/fs/path_open.c kernel/fs/names.c kernel/fs/file.c \
	kernel/fs/files.c kernel/fs/pages.c kernel/fs/ramfs.c \
	kernel/fs/ramfs_file.c kernel/fs/pipe.c kernel/fs/locks.c \
	kernel/fs/poll.c kernel/fs/epoll.c kernel/fs/eventfd.c \
	kernel/fs/devfs.c kernel/fs/procfs.c kernel/fs/procfs_text.c \
	kernel/fs/cpio.c kernel/fs/initrd.c kernel/fs/fs_init.c

process_c := kernel/process/pid.c kernel/process/process.c \
	kernel/process/hooks.c \
	kernel/process/init.c kernel/process/fork.c kernel/process/exec.c \
	kernel/process/args.c kernel/process/elf.c kernel/process/load.c \
	kernel/process/vdso.c kernel/process/stack.c kernel/process/exit.c \
	kernel/process/signal.c kernel/process/deliver.c \
	kernel/process/sigframe.c \
	kernel/process/futex.c kernel/process/timers.c \
	kernel/process/status.c kernel/process/memory_file.c \
	kernel/process/kernel_files.c kernel/process/machine_files.c

sys_c := kernel/sys/table.c kernel/sys/syscall32.c kernel/sys/process.c \
	kernel/sys/thread.c kernel/sys/futex.c kernel/sys/scheduling.c \
	kernel/sys/usage.c kernel/sys/credentials.c kernel/sys/memory.c \
	kernel/sys/signal.c kernel/sys/time.c kernel/sys/timer.c \
	kernel/sys/system.c kernel/sys/user_path.c kernel/sys/transfer.c \
	kernel/sys/open.c kernel/sys/tree.c kernel/sys/attributes.c \
	kernel/sys/multiplex.c kernel/sys/event.c kernel/sys/lock.c

main_c := kernel/command_line.c kernel/main.c

# The optional parts, kernel/optional/NAME/: each is all of the sources in its
# folder, and what it needs of the others.
parts := procfs screen terminal timers clocks steering epoll futex jobs names \
	users smp locks scheduling memory select usage debug trace ia32

# make OPTIONAL="procfs futex": only these and what they need.
OPTIONAL := $(parts)
with_needs = $(if $(filter-out $(2),$(1)),$(call with_needs,$(sort $(1) \
	$(foreach p,$(1),$(needs_$(p)))),$(1)),$(1))
chosen_parts := $(call with_needs,$(OPTIONAL),)
$(if $(filter-out $(parts),$(chosen_parts)),$(error there is no part \
	$(filter-out $(parts),$(chosen_parts)): choose from $(parts)))
optional_c := $(foreach p,$(chosen_parts), \
	$(sort $(wildcard kernel/optional/$(p)/*.c)))
optional_asm := $(foreach p,$(chosen_parts), \
	$(sort $(wildcard kernel/optional/$(p)/*.asm)))

ubsan_c := kernel/cpu/ubsan.c

assert_c := kernel/cpu/lock_check.c kernel/cpu/poison.c \
	kernel/time/watchdog.c

kernel_c := $(lib_c) $(cpu_c) $(if $(UBSAN),$(ubsan_c)) \
	$(if $(ASSERT),$(assert_c)) $(mm_c) $(sched_c) $(time_c) $(dev_c) \
	$(fs_c) $(process_c) $(sys_c) $(main_c) $(optional_c)

# The functions, and apart from them what makes them the kernel's image: a host
# test links the former with a data page and a slow path of its own.
vdso_c := vdso/vnumber_of_the_beast.c vdso/vclock_gettime.c vdso/vgetcpu.c \
	vdso/vcapabilities.c

vdso_image_c := vdso/slow_path.c

vdso_S := vdso/note.S

user_lib_S := user/lib/crt0.S

user_lib_c := user/lib/start.c user/lib/auxv.c user/lib/vdso.c \
	user/lib/vsyscall.c user/lib/string.c user/lib/printf.c \
	user/lib/errno_name.c user/lib/file.c user/lib/relay.c user/lib/tap.c

# The dynamic linker; libc.so; the article's programs that are linked with it.
ldso_S := user/ldso/enter.S

ldso_c := user/ldso/ldso.c user/ldso/object.c user/ldso/load.c \
	user/ldso/lookup.c user/ldso/relocate.c user/ldso/tls.c \
	user/ldso/constructors.c \
	user/lib/vdso.c user/lib/string.c user/lib/printf.c \
	user/lib/errno_name.c user/lib/auxv.c

libc_S := user/libc/crt1.S

libc_c := user/libc/start.c user/libc/stdio.c user/lib/string.c \
	user/lib/printf.c user/lib/errno_name.c

linked_c := user/article/notb.c user/article/notb_weak.c

# One program each: user/bin/NAME.c, tests/guest/NAME.c, tests/host/NAME.c.
user_bin := notb init auxv crash bench

guest_tests := processes execs memory_maps vdso_calls vdso_page ring3_entry \
	evil_pointers evil_images files pipes signals clocks proc_files \
	stress cpu_time races vdso_each vdso_cpus entropy clock_set \
	clock_switch vdso_steps futexes events timers remaps locks scheduling \
	limits users failures fuzz other_calls outputs

# The guest tests that Linux must pass too: the same files, run on the host;
# not fuzz, which kills all processes of a user.
linux_tests := $(filter-out fuzz,$(guest_tests))

# Whole machines: tests/boot/NAME.py.
boot_tests := run_frames run_machine console machines screen broken_starts \
	panic no_trap article dynamic_linking backtrace page_rights unwind \
	settings clock_faults smp assertions failing_boot \
	oracle session oracle_libraries

# For a host test NAME: NAME_src are shipped sources compiled for the host with
# NAME_src_flags, NAME_obj are files of $(BUILD) to be linked as they are, and
# NAME_flags (sanitizers, -no-pie) go to each of its compilations and its link.
host_tests := test_abi test_lib test_printf test_bootinfo test_vdso_calls \
	test_vdso_image test_vdso_find test_vdso_steps test_vdso_torn \
	test_vvar test_ntp test_time test_timers test_cpio test_elf test_vt

# Not a test, but built as one is: `make bench` runs it.
host_bench := bench_vdso

# Host tests that are scripts: tests/host/NAME.py.
host_scripts := test_ldso test_ldso_fuzz test_article

test_bootinfo_src := boot/bootinfo.c kernel/cpu/acpi.c
test_bootinfo_flags := -fsanitize=address,undefined -fno-sanitize-recover
test_abi_src := tests/host/test_abi_ours.c tests/host/test_abi_linux.c \
	tests/host/test_abi_libc.c
test_lib_obj = $(BUILD)/tests/host/lib-shipped.o
test_lib_flags := -no-pie
test_printf_obj = $(BUILD)/tests/host/lib-shipped.o
test_printf_flags := -no-pie

# They map build/vdso.so; what the kernel writes into the page is as shipped.
vdso_mapped := tests/host/vdso_image.c user/lib/vdso.c
vdso_writer := kernel/time/vvar.c kernel/time/timeline.c
test_vdso_calls_src := $(vdso_mapped) $(vdso_writer)
test_vdso_image_src := $(vdso_mapped)
test_vdso_steps_src := $(vdso_mapped) $(vdso_writer)
bench_vdso_src := $(vdso_mapped) $(vdso_writer)
bench_vdso_flags := -O2
test_vdso_find_src := $(vdso_mapped)
test_vdso_find_flags := -fsanitize=address,undefined -fno-sanitize-recover

# The functions linked natively, over the very page that the writer writes.
test_vdso_torn_src := $(vdso_writer)
test_vdso_torn_obj = $(BUILD)/tests/host/vdso-shipped.o
test_vdso_torn_flags := -Wl,--defsym,vvar_u=vvar_k

test_vvar_src := $(vdso_writer)
test_ntp_src := kernel/time/ntp.c
test_ntp_flags := -O2 -fsanitize=undefined -fno-sanitize-recover
test_time_src := kernel/time/timeline.c kernel/time/calibrate.c \
	kernel/time/watch.c
test_time_flags := -O2
test_timers_src := kernel/time/timer_queue.c kernel/time/rtc.c
test_timers_flags := -fsanitize=address,undefined -fno-sanitize-recover
test_elf_src := kernel/process/elf.c
test_elf_flags := -fsanitize=address,undefined -fno-sanitize-recover
test_vt_src := kernel/dev/vt.c kernel/dev/vt_control.c kernel/dev/keymap.c
test_vt_flags := -fsanitize=address,undefined -fno-sanitize-recover
test_cpio_src := kernel/fs/cpio.c
test_cpio_flags := -fsanitize=address,undefined -fno-sanitize-recover

# ---- Tools and flags --------------------------------------------------------

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

# if (ASSERTIONS) … is in the code of a build with ASSERT=1 alone.
assertions := -DASSERTIONS=$(if $(ASSERT),true,false)

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
	-DASSERTIONS=false

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

# ---- Derived lists, and how to say what is done -----------------------------

obj = $(addprefix $(BUILD)/,$(addsuffix .o,$(basename $(1))))

boot_obj   := $(call obj,$(boot_asm) $(boot_c)) $(BUILD)/font.o
kernel_obj := $(call obj,$(kernel_asm) $(kernel_c) $(optional_asm))
image_obj  := $(boot_obj) $(kernel_obj)
vdso_obj   := $(call obj,$(vdso_c) $(vdso_image_c) $(vdso_S))
user_lib_o := $(call obj,$(user_lib_S) $(user_lib_c))
user_prog  := $(addprefix $(BUILD)/user/bin/,$(user_bin))
guest_prog := $(addprefix $(BUILD)/tests/guest/,$(guest_tests))
# Objects that call the kernel's UBSAN handlers cannot be linked natively.
$(if $(UBSAN),$(eval host_tests := \
	$(filter-out test_lib test_printf,$(host_tests))))
host_prog  := $(addprefix $(BUILD)/tests/host/,$(host_tests))

ifneq ($(words $(image_obj)),$(words $(sort $(image_obj))))
$(error two sources share a name and would share an object: $(image_obj))
endif

# Commands are hidden behind one line each, "  CC      kernel/main.c".
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')
into = @mkdir -p $(@D)
deps = -MMD -MP -MF $(@:.o=.d)

.PHONY: all kernel vdso user guest-tests host-tests FORCE
all: $(BUILD)/colonel.iso $(BUILD)/colonel.elf $(BUILD)/initrd.cpio
kernel: $(BUILD)/colonel.elf
vdso: $(BUILD)/vdso.so
user: $(user_prog)
guest-tests: $(guest_prog)
host-tests: $(host_prog)

# Other tools or flags than last time: build again.
all_flags = $(CC) $(LD) $(NASM) $(HOSTCC) $(kernel_flags) $(vdso_flags) \
	$(user_flags) $(host_flags) $(nasm_flags) $(kernel_ldflags) \
	$(vdso_ldflags) $(user_ldflags)
$(BUILD)/flags: FORCE
	$(into)
	@echo '$(all_flags)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# What the kernel is linked of: another choice of parts links it again.
$(BUILD)/parts: FORCE
	$(into)
	@echo '$(chosen_parts)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# ---- Compiling --------------------------------------------------------------

define compile
	$(into)
	$(call say,$(1),$<)
	$(Q)$(CC) $(2) $(string_flags) $(deps) -c -o $@ $<
endef

$(BUILD)/boot/%.o: boot/%.c $(BUILD)/flags
	$(call compile,CC,$(kernel_flags))

$(BUILD)/kernel/%.o: kernel/%.c $(BUILD)/flags
	$(call compile,CC,$(kernel_flags))

$(BUILD)/vdso/%.o: vdso/%.c $(BUILD)/flags
	$(call compile,CC,$(vdso_flags))

$(BUILD)/vdso/%.o: vdso/%.S $(BUILD)/flags
	$(call compile,AS,$(vdso_flags))

$(BUILD)/user/%.o: user/%.c $(BUILD)/flags
	$(call compile,CC,$(user_flags))

$(BUILD)/user/%.o: user/%.S $(BUILD)/flags
	$(call compile,AS,$(user_flags))

$(BUILD)/tests/guest/%.o: tests/guest/%.c $(BUILD)/flags
	$(call compile,CC,$(user_flags))

# The screen's font, in a form that any GRUB brings.
$(BUILD)/font.asm: tools/font $(FONT)
	$(into)
	$(call say,FONT,$@)
	$(Q)$(PYTHON) $^ > $@

$(BUILD)/font.o: $(BUILD)/font.asm
	$(Q)$(NASM) -f elf64 -o $@ $<

define assemble
	$(into)
	$(call say,NASM,$<)
	$(Q)$(NASM) $(nasm_flags) -MD $(@:.o=.d) -MP -MT $@ -o $@ $<
endef

$(BUILD)/boot/%.o: boot/%.asm $(BUILD)/flags
	$(call assemble)

$(BUILD)/kernel/%.o: kernel/%.asm $(BUILD)/flags
	$(call assemble)

# nasm's -MD tells of what is put in by incbin, once it is there, but not of
# what is included.
$(call obj,$(boot_asm) $(kernel_asm)): $(BUILD)/include/asm-offsets.inc
$(call obj,$(kernel_asm)): | $(BUILD)/vdso.so

# C's constants and offsets for nasm, by way of the compiler's assembly.
$(BUILD)/kernel/cpu/asm-offsets.s: kernel/cpu/asm-offsets.c $(BUILD)/flags
	$(into)
	$(call say,CC,$<)
	$(Q)$(CC) $(kernel_flags) -MMD -MP -MF $(@:.s=.d) -S -o $@ $<

$(BUILD)/include/asm-offsets.inc: $(BUILD)/kernel/cpu/asm-offsets.s
	$(into)
	$(call say,GEN,$@)
	$(Q)sed -n 's/.*"->\([^ ]*\) \(-\{0,1\}[0-9]*\)".*/%define \1 \2/p' \
		$< > $@

$(BUILD)/linker/%.lds: linker/%.lds.S $(BUILD)/flags
	$(into)
	$(call say,CPP,$<)
	$(Q)$(CC) -E -P -D__ASSEMBLER__ -undef -nostdinc -I. -x c -MMD -MP \
		-MT $@ -MF $@.d -o $@ $<

# ---- The vDSO ---------------------------------------------------------------

# Links depend on the lists in this file.
$(BUILD)/vdso.so.dbg: $(BUILD)/linker/vdso.lds $(vdso_obj) Makefile
	$(call say,LD,$@)
	$(Q)$(LD) $(vdso_ldflags) -T $< -o $@ $(vdso_obj)

# The bytes that the kernel embeds: no debugging sections, no private symbols.
$(BUILD)/vdso.so: $(BUILD)/vdso.so.dbg
	$(call say,STRIP,$@)
	$(Q)$(OBJCOPY) -S $< $@

# ---- The kernel, linked twice -----------------------------------------------

# A backtrace prints names, so the image holds its own symbol table. The first
# link has an empty one and gives the addresses; the second, with the table at
# the very end of the read-only data, must not move a function.
# nasm knows no more than one section of code a file in .debug_aranges: gdb
# does without.
$(BUILD)/ksyms0.asm: tools/ksyms
	$(into)
	$(Q)$(PYTHON) tools/ksyms /dev/null > $@

$(BUILD)/ksyms1.asm: $(BUILD)/colonel0.nm tools/ksyms
	$(call say,KSYMS,$@)
	$(Q)$(PYTHON) tools/ksyms $< > $@

$(BUILD)/ksyms%.o: $(BUILD)/ksyms%.asm
	$(Q)$(NASM) -f elf64 -o $@ $<

$(BUILD)/colonel0.elf: $(BUILD)/linker/kernel.lds $(image_obj) \
		$(BUILD)/ksyms0.o Makefile $(BUILD)/parts
	$(call say,LD,$@)
	$(Q)$(LD) $(kernel_ldflags) -T $(filter %.lds %.o,$^) -o $@

$(BUILD)/colonel1.elf: $(BUILD)/linker/kernel.lds $(image_obj) \
		$(BUILD)/ksyms1.o Makefile $(BUILD)/parts
	$(call say,LD,$@)
	$(Q)$(LD) $(kernel_ldflags) -T $(filter %.lds %.o,$^) -o $@

$(BUILD)/colonel%.nm: $(BUILD)/colonel%.elf
	$(Q)$(NM) -n $< > $@

$(BUILD)/colonel.elf: $(BUILD)/colonel1.elf $(BUILD)/colonel0.nm \
		$(BUILD)/colonel1.nm
	$(call say,CHECK,$@)
	$(Q)$(PYTHON) tools/ksyms -same $(filter %.nm,$^)
	$(Q)$(OBJCOPY) -R .debug_aranges $< $@

# ---- Programs ---------------------------------------------------------------

$(BUILD)/user/libuser.a: $(user_lib_o) Makefile
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $(filter %.o,$^)

define link_program
	$(call say,LD,$@)
	$(Q)$(LD) $(user_ldflags) -T linker/user.lds -o $@ $(filter %.o %.a,$^)
endef

$(user_prog): %: %.o $(BUILD)/user/libuser.a linker/user.lds
	$(call link_program)

$(guest_prog): %: %.o $(BUILD)/user/libuser.a linker/user.lds
	$(call link_program)

# ---- Host tests -------------------------------------------------------------

# The shipped functions, with nothing global but __vdso_*: a weak clock_gettime
# would capture the test program's own.
$(BUILD)/tests/host/vdso-shipped.o: $(call obj,$(vdso_c))
	$(into)
	$(call say,OBJCOPY,$@)
	$(Q)$(LD) -r -o $@.all $^
	$(Q)$(OBJCOPY) -w --keep-global-symbol='__vdso_*' $@.all $@

# The shipped library with k_ in front of every name, beside the C library's;
# it is code for low addresses, so its tests are linked with -no-pie.
$(BUILD)/tests/host/lib-shipped.o: $(call obj,$(lib_c))
	$(into)
	$(call say,OBJCOPY,$@)
	$(Q)$(LD) -r -o $@.all $^
	$(Q)$(OBJCOPY) --prefix-symbols=k_ $@.all $@

# Each name in kernel/abi/, for the comparison with the system's headers.
$(BUILD)/include/abi-list.h: tests/host/abi_list.py $(wildcard kernel/abi/*.h)
	$(into)
	$(call say,GEN,$@)
	$(Q)$(PYTHON) $< $(filter %.h,$^) > $@

$(addprefix $(BUILD)/host/test_abi/,$(test_abi_src:.c=.o)): \
	$(BUILD)/include/abi-list.h

define host_test
$(1)_objs := $$(patsubst %.c,$(BUILD)/host/$(1)/%.o,$$($(1)_src))
-include $$($(1)_objs:.o=.d) $(BUILD)/host/$(1)/tests/host/$(1).d

$$($(1)_objs): $(BUILD)/host/$(1)/%.o: %.c $(BUILD)/flags
	$$(into)
	$$(call say,HOSTCC,$$<)
	$$(Q)$$(HOSTCC) $$(host_flags) $$($(1)_flags) $$($(1)_src_flags) \
		$$(deps) -c -o $$@ $$<

$(BUILD)/host/$(1)/tests/host/$(1).o: tests/host/$(1).c $(BUILD)/flags
	$$(into)
	$$(call say,HOSTCC,$$<)
	$$(Q)$$(HOSTCC) $$(host_flags) $$($(1)_flags) $$(deps) -c -o $$@ $$<

$(BUILD)/tests/host/$(1): $(BUILD)/host/$(1)/tests/host/$(1).o $$($(1)_objs) \
		$$($(1)_obj)
	$$(into)
	$$(call say,HOSTLD,$$@)
	$$(Q)$$(HOSTCC) $$($(1)_flags) -Wl,-z,noexecstack -o $$@ $$^ \
		-lcmocka -pthread
endef
$(foreach t,$(host_tests) $(host_bench),$(eval $(call host_test,$(t))))

$(filter $(BUILD)/tests/host/test_vdso%,$(host_prog)): | $(BUILD)/vdso.so

# Scripts among them, and what they start.
$(addprefix $(BUILD)/tests/host/,$(host_scripts)): $(BUILD)/tests/host/%: \
		tests/host/%.py
	$(into)
	$(Q)ln -sf $(abspath $<) $@

$(BUILD)/tests/host/with_vdso: tests/host/with_vdso.c $(BUILD)/flags
	$(into)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(host_flags) -MMD -MP -MF $@.d -o $@ $<

-include $(BUILD)/tests/host/with_vdso.d

# ---- Initrd and ISO ---------------------------------------------------------

$(BUILD)/applets: $(BUSYBOX)
	$(into)
	$(Q)$(if $(BUSYBOX),$(BUSYBOX) --list,true) > $@

# HOSTFILE:GUESTPATH, with the host file's mode, without debugging sections.
# Applets become links to busybox, unless a program of ours has that name.
stripped := $(addprefix $(BUILD)/root/bin/,$(user_bin))
initrd_files := $(foreach p,$(user_bin),$(BUILD)/root/bin/$(p):/bin/$(p)) \
	$(if $(filter init,$(user_bin)),$(BUILD)/root/bin/init:/init) \
	$(if $(BUSYBOX),$(BUSYBOX):/bin/busybox)
initrd_dirs  := /bin /dev /etc /proc /root /tmp

$(stripped): $(BUILD)/root/bin/%: $(BUILD)/user/bin/%
	$(into)
	$(Q)$(OBJCOPY) -S $< $@

$(BUILD)/initrd.cpio: $(stripped) $(BUSYBOX) $(BUILD)/applets tools/mkcpio \
		$(BUILD)/flags
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/mkcpio -o $@ -links $(BUILD)/applets:/bin:busybox \
		$(addprefix -dir ,$(initrd_dirs)) $(initrd_files)

$(BUILD)/root/colonel.elf: $(BUILD)/colonel.elf
	$(into)
	$(Q)$(OBJCOPY) -S $< $@

$(BUILD)/colonel.iso: $(BUILD)/root/colonel.elf $(BUILD)/initrd.cpio \
		boot/grub.cfg tools/mkiso
	$(call say,ISO,$@)
	$(Q)tools/mkiso $(filter-out tools/mkiso,$^) $(BUILD)/iso $@ \
		2> $(BUILD)/iso.log || { cat $(BUILD)/iso.log >&2; exit 1; }

# ---- Dynamic linking, and the article's programs ----------------------------

# The same library sources, position independent, go into the dynamic linker
# and into libc.so.
pic_flags  := $(freestanding) -fPIC -fno-omit-frame-pointer
pic_obj     = $(addprefix $(BUILD)/pic/,$(addsuffix .o,$(basename $(1))))
ldso_o     := $(call pic_obj,$(ldso_S) $(ldso_c))
libc_o     := $(call pic_obj,$(libc_c))
crt1_o     := $(call pic_obj,$(libc_S))
linked_o   := $(call pic_obj,$(linked_c))

# What this host can build of them, and the guest paths of all: a C library's
# own loader and library are the host's files, unchanged.
glibc       := $(wildcard /lib64/ld-linux-x86-64.so.2 \
	$(realpath $(shell $(HOSTCC) -print-file-name=libc.so.6)))
has_glibc   := $(filter 2,$(words $(glibc)))
musl-gcc    := $(shell command -v musl-gcc)
extract_vdso := $(addprefix $(BUILD)/article/extract_vdso-, \
	$(if $(musl-gcc),musl) $(if $(has_glibc),glibc))
linked_prog := $(BUILD)/article/notb-dynamic $(BUILD)/article/notb-weak
article_prog := $(linked_prog) $(extract_vdso) \
	$(if $(has_glibc),$(BUILD)/article/notb)

# In the initrd without debugging sections.
stripped_linked := $(BUILD)/root/lib/ld-colonel.so.1 $(BUILD)/root/lib/libc.so \
	$(BUILD)/root/bin/notb-dynamic $(BUILD)/root/bin/notb-weak

article_files := \
	$(foreach f,$(stripped_linked),$(f):$(f:$(BUILD)/root%=%)) \
	$(if $(extract_vdso),$(firstword $(extract_vdso)):/bin/extract_vdso) \
	$(if $(has_glibc),$(BUILD)/article/notb:/bin/notb-glibc \
		$(foreach f,$(glibc),$(f):$(f)))

shared_ldflags := -nostdlib -z max-page-size=4096 -z noexecstack \
	--build-id=none --hash-style=both --eh-frame-hdr -z now -z relro -z text

$(BUILD)/pic/%.o: %.c $(BUILD)/flags
	$(call compile,CC,$(pic_flags))

$(BUILD)/pic/%.o: %.S $(BUILD)/flags
	$(call compile,AS,$(pic_flags))

$(linked_o): pic_flags += -isystem user/libc/include

# It relocates itself, so it must need nothing but its own base address.
$(BUILD)/ld-colonel.so.1: $(ldso_o)
	$(call say,LD,$@)
	$(Q)$(LD) -pie --no-dynamic-linker $(shared_ldflags) -Bsymbolic \
		--no-undefined -soname $(@F) \
		--export-dynamic-symbol=__tls_get_addr -o $@ $^

$(BUILD)/libc.so: $(libc_o)
	$(call say,LD,$@)
	$(Q)$(LD) -shared $(shared_ldflags) --no-undefined -soname $(@F) \
		-o $@ $^

# The article's program, and one that does without the function: linked with
# vdso.so for its names, run by our dynamic linker.
$(BUILD)/article/notb-dynamic: $(BUILD)/pic/user/article/notb.o
$(BUILD)/article/notb-weak: $(BUILD)/pic/user/article/notb_weak.o
$(linked_prog): $(crt1_o) $(BUILD)/vdso.so $(BUILD)/libc.so
	$(into)
	$(call say,LD,$@)
	$(Q)$(LD) -pie -dynamic-linker /lib/ld-colonel.so.1 \
		$(shared_ldflags) -o $@ $(filter %.o,$^) $(filter %.so,$^)

# The same, word for word, by and for the host's C library.
$(BUILD)/article/notb: user/article/notb.c $(BUILD)/vdso.so
	$(into)
	$(call say,HOSTCC,$@)
	$(Q)cp $^ $(@D)
	$(Q)cd $(@D) && $(HOSTCC) notb.c -o notb vdso.so

$(BUILD)/article/extract_vdso-%: user/article/extract_vdso.c
	$(into)
	$(call say,HOSTCC,$@)
	$(Q)$(if $(filter musl,$*),musl-gcc,$(HOSTCC)) -O2 -Wall -Wextra \
		-static -s -o $@ $<

.PHONY: article
host-tests: article $(addprefix $(BUILD)/tests/host/,$(host_scripts)) \
	$(BUILD)/tests/host/with_vdso
article: $(article_prog) $(BUILD)/ld-colonel.so.1 $(BUILD)/libc.so

$(BUILD)/root/lib/%: $(BUILD)/%
	$(into)
	$(Q)$(OBJCOPY) -S $< $@

$(BUILD)/root/bin/notb-%: $(BUILD)/article/notb-%
	$(into)
	$(Q)$(OBJCOPY) -S $< $@

initrd_files += $(article_files)
$(BUILD)/initrd.cpio: $(article_prog) $(stripped_linked)

-include $(ldso_o:.o=.d) $(libc_o:.o=.d) $(linked_o:.o=.d)

# ---- Running, testing -------------------------------------------------------

.PHONY: run run-uefi run-gui run-kernel gdb test soak lint check bench clean \
	help
leave = @echo 'To leave: poweroff at the prompt, or Ctrl-A and then X.'

run: $(BUILD)/colonel.iso
	$(leave)
	$(Q)$(QEMU) $(QEMU_FLAGS) $(NO_WINDOW) -boot d -cdrom $<

run-uefi: $(BUILD)/colonel.iso
	$(leave)
	$(Q)$(QEMU) $(QEMU_FLAGS) $(NO_WINDOW) -bios $(OVMF) -boot d -cdrom $<

run-gui: $(BUILD)/colonel.iso
	$(leave)
	$(Q)$(QEMU) $(QEMU_FLAGS) $(WINDOW) $(if $(UEFI),-bios $(OVMF)) \
		-boot d -cdrom $<

run-kernel: $(BUILD)/colonel.elf $(BUILD)/initrd.cpio
	$(leave)
	$(Q)$(QEMU) $(QEMU_FLAGS) $(NO_WINDOW) -kernel $< \
		-initrd $(BUILD)/initrd.cpio \
		-append '$(APPEND)'

# Code that can be followed line by line, in a folder of its own.
gdb:
	$(Q)$(MAKE) BUILD=build/debug OPT=-Og build/debug/colonel.elf \
		build/debug/initrd.cpio
	$(Q)tools/gdb/start build/debug

# Models of what goes on between CPUs, tests/model/NAME.pml; and mutants, each
# a line made wrong that a test must catch: some here, all by `make mutants`.
model_tests  := seqlock
mutant_tests := no-begin-mark no-recheck dropped-fraction

.PHONY: mutants
mutants:
	$(Q)$(PYTHON) tests/variants/mutant.py all

test_programs := -host '$(host_tests) $(host_scripts)' -linux '$(linux_tests)' \
	-model '$(model_tests)' -mutant '$(mutant_tests)' \
	-guest '$(guest_tests)' -boot '$(boot_tests)'

report = $(if $(REPORT),-$(REPORT) $(BUILD)/report.xml)

test: all host-tests guest-tests
	$(Q)$(PYTHON) tests/run -build $(BUILD) $(report) $(test_programs) \
		$(T)

# What takes hours: every machine of the table, the guest tests on every CPU.
soak: all guest-tests host-tests
	$(Q)BUILD=$(BUILD) GUEST_TESTS='$(guest_tests)' \
		$(PYTHON) tests/boot/machines.py all
	$(Q)BUILD=$(BUILD) SOAK=1 $(PYTHON) tests/boot/clock_faults.py
	$(Q)BUILD=$(BUILD) SOAK=1 GUEST_TESTS='$(guest_tests)' \
		$(PYTHON) tests/boot/assertions.py
	$(Q)SOAK=1 $(BUILD)/tests/host/test_vdso_torn
	$(Q)BUILD=$(BUILD) SOAK=1 $(PYTHON) tests/boot/article.py
	$(Q)BUILD=$(BUILD) SOAK=1 GUEST_TESTS='$(guest_tests)' \
		$(PYTHON) tests/boot/cpus.py $(SEED)
	$(Q)BUILD=$(BUILD) SOAK=1 $(PYTHON) tests/boot/failing_boot.py
	$(Q)$(PYTHON) tests/variants/mutant.py all

lint:
	$(Q)$(PYTHON) tools/lint

check: all host-tests guest-tests
	$(Q)$(PYTHON) tests/run -build $(BUILD) -lint tree $(test_programs)

# The smallest kernel, and all else as it is: what a boot takes at least.
$(BUILD)/bench/empty/colonel.elf: tools/empty.asm
	$(into)
	$(Q)$(NASM) -f elf64 -o $(@:.elf=.o) $<
	$(Q)$(LD) $(kernel_ldflags) -Ttext=0x100000 -e start \
		-o $@ $(@:.elf=.o)

$(BUILD)/bench/empty/initrd.cpio: $(BUILD)/initrd.cpio
	$(into)
	$(Q)cp $< $@

$(BUILD)/bench/empty/colonel.iso: $(BUILD)/bench/empty/colonel.elf \
		$(BUILD)/bench/empty/initrd.cpio boot/grub.cfg tools/mkiso
	$(Q)tools/mkiso $(filter-out tools/mkiso,$^) $(@D)/iso $@ \
		2> $(@D)/iso.log || { cat $(@D)/iso.log >&2; exit 1; }

# T=PART: one part; DOCS=1: also into docs/.
host_bench_prog := $(if $(wildcard /usr/include/cmocka.h), \
	$(addprefix $(BUILD)/tests/host/,$(host_bench)))

bench: all $(BUILD)/bench/empty/colonel.iso $(host_bench_prog)
	$(Q)$(PYTHON) tools/bench -build $(BUILD) $(if $(DOCS),-docs) $(T)

clean:
	rm -rf $(BUILD)

help:
	@sed -n '/^#/!q;s/^# \{0,1\}//p' Makefile

# Each system call with its handler, in the order of the numbers.
.PHONY: syscalls
syscalls: $(BUILD)/colonel.elf
	$(Q)$(PYTHON) tools/syscalls $<

.PHONY: compile_commands.json
compile_commands.json:
	@mkdir -p $(BUILD)
	$(Q)$(MAKE) -nB V=1 all guest-tests host-tests > $(BUILD)/commands.txt
	$(Q)$(PYTHON) tools/compdb $(BUILD)/commands.txt > $@

-include $(image_obj:.o=.d) $(vdso_obj:.o=.d) $(user_lib_o:.o=.d) \
	$(user_prog:=.d) $(guest_prog:=.d) $(BUILD)/kernel/cpu/asm-offsets.d \
	$(BUILD)/linker/kernel.lds.d $(BUILD)/linker/vdso.lds.d
