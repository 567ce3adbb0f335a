# What builds the kernel, its vDSO, the programs and the ISO, and runs them.
# tools/flags.mk has the tools and flags, user/dynamic.mk builds the dynamic
# linker and what is linked with it, tests/tests.mk the tests.
#
#	make            build/colonel.iso, colonel.elf, vdso.so, initrd.cpio
#	make run        boot the ISO in QEMU, serial console in this terminal
#	make run-uefi   the same on UEFI
#	make run-gui    the same with a window (UEFI=1: on UEFI): screen and
#	                keyboard are a second terminal
#	make run-kernel boot the kernel straight, without GRUB (APPEND="WORDS")
#	make gdb        stop at the first kernel instruction, in gdb
#	make gdb-server the machine alone waits; make attach: gdb on it
#	make record     run PROGRAM="NAME WORDS" and keep the run; make replay:
#	                gdb on it, which goes backwards too
#	make test       all tests; T=NAME runs one, or all whose names start so
#	                REPORT=junit also writes $(BUILD)/report.xml
#	make soak       every machine of tests/boot/machines.table, each guest
#	                test on 1 to 8 CPUs, ten minutes of stress from SEED=N
#	                on: hours
#	make lint       format, layers, sizes, citations and other checks
#	make mutants    code made wrong in many ways: each must be caught
#	make gallery    broken vDSOs and who breaks on them: docs/gallery.md
#	make check      test and lint, counted together
#	make bench      what everything costs, beside Linux and the targets;
#	                T=PART for one part, DOCS=1 to renew docs/speed.md
#	make map        renew the lists of files in docs/map.md
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
#	EXPLORE=1       one that changes CPUs by a seed (tools/explore)
#	UNCHECKED=1     a vDSO that breaks rules of tools/vdso-check is built
#	CC=clang        another compiler; linking is always done by ld
#	WERROR=-Werror  warnings are errors
#	BUSYBOX=        no shell in the initrd (default: the system's busybox)
#	V=1             show the commands
#
# build/ mirrors the tree, and the folder that a file is in decides its flags.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

include tools/flags.mk

# ---- What is built ----------------------------------------------------------

# Each folder is what stands in it: a new file is built without being listed
# here. The core of the kernel, layer by layer from the bottom:
layers := lib cpu mm sched time dev fs process sys
core_c   := $(sort $(wildcard kernel/*.c $(layers:%=kernel/%/*.c)))
core_asm := $(sort $(wildcard $(layers:%=kernel/%/*.asm)))

# The optional parts, kernel/optional/NAME/, and what they need of each other.
parts := procfs screen terminal timers clocks steering epoll threads jobs \
	names attributes users smp locks scheduling memory select usage debug \
	trace scripts signals prctl vgetrandom
needs_epoll := select
needs_procfs := usage
needs_signals := usage
needs_timers := usage signals
needs_users := prctl
needs_vgetrandom := memory
# A lab's starter has none.
parts := $(if $(wildcard kernel/optional),$(parts))

# OPTIONAL="procfs threads": only these and what they need.
OPTIONAL := $(parts)
with_needs = $(if $(filter-out $(2),$(1)),$(call with_needs,$(sort $(1) \
	$(foreach p,$(1),$(needs_$(p)))),$(1)),$(1))
chosen := $(filter $(call with_needs,$(OPTIONAL) \
	$(if $(ASSERT)$(UBSAN)$(EXPLORE),debug),),$(parts))
unknown := $(filter-out $(parts),$(OPTIONAL))
$(if $(unknown),$(error there is no part "$(unknown)": choose from $(parts)))
optional_c   := $(sort $(wildcard $(chosen:%=kernel/optional/%/*.c)))
optional_asm := $(sort $(wildcard $(chosen:%=kernel/optional/%/*.asm)))

# They are for builds with UBSAN=1, ASSERT=1 or EXPLORE=1.
ubsan_c  := kernel/optional/debug/ubsan.c
assert_c := $(addprefix kernel/optional/debug/,lock_check.c poison.c \
	quarantine.c watchdog.c)
explore_c := kernel/optional/debug/explore.c
kernel_c := $(filter-out $(if $(UBSAN),,$(ubsan_c)) \
	$(if $(ASSERT),,$(assert_c)) $(if $(EXPLORE),,$(explore_c)) \
	kernel/cpu/asm-offsets.c, \
	$(core_c) $(optional_c))
kernel_asm := $(core_asm) $(optional_asm)
boot_c   := $(wildcard boot/*.c)
boot_asm := $(wildcard boot/*.asm)

# The functions, and apart from them what makes them the kernel's image: a host
# test links the former with a data page and a slow path of its own.
vdso_image_c := vdso/slow_path.c
vdso_c := $(filter-out $(vdso_image_c),$(wildcard vdso/*.c))
vdso_S := $(wildcard vdso/*.S)

user_bin   := $(basename $(notdir $(wildcard user/bin/*.c)))
user_lib_c := $(wildcard user/lib/*.c)
user_lib_S := $(wildcard user/lib/*.S)

# ---- Derived lists, and how to say what is done -----------------------------

obj = $(addprefix $(BUILD)/,$(addsuffix .o,$(basename $(1))))

boot_obj   := $(call obj,$(boot_asm) $(boot_c))
kernel_obj := $(call obj,$(kernel_asm) $(kernel_c)) \
	$(if $(filter screen,$(chosen)),$(BUILD)/font.o)
image_obj  := $(boot_obj) $(kernel_obj)
vdso_obj   := $(call obj,$(vdso_c) $(vdso_image_c) $(vdso_S))
user_lib_o := $(call obj,$(user_lib_S) $(user_lib_c))
user_prog  := $(addprefix $(BUILD)/user/bin/,$(user_bin))

ifneq ($(words $(image_obj)),$(words $(sort $(image_obj))))
$(error two sources share a name and would share an object: $(image_obj))
endif

# A command is hidden behind "[12/254] CC kernel/main.c": how many steps there
# are is counted by asking make what it would do. On a terminal one line is
# written over and over.
Q := $(if $(V),,@)
countable := all kernel vdso user guest-tests host-tests article \
	run run-uefi run-gui run-kernel $(BUILD)/%
goals := $(or $(MAKECMDGOALS),all)
steps := $(if $(V)$(COUNTING)$(filter-out $(countable),$(goals)),,$(shell \
	$(MAKE) -n --no-print-directory COUNTING=1 $(MAKEOVERRIDES) $(goals) | \
	grep -c ' step$$'))
of_steps = $(if $(steps),[$(words $(steps_done))/$(steps)] )
step_format := $(if $(MAKE_TERMOUT),\r\033[K%s%s %s,%s%-7s %s\n)
last_step = $(and $(MAKE_TERMOUT),$(filter $(steps),$(words $(steps_done))),\n)
say = $(if $(V),,$(if $(COUNTING),@: step,$(eval steps_done += x)@printf \
	'$(step_format)$(last_step)' '$(of_steps)' '$(1)' '$(2)'))
into = @mkdir -p $(@D)
deps = -MMD -MP -MF $(@:.o=.d)

# A tool that is missing is named before anything fails for want of it.
needed := $(firstword $(CC)) $(NASM) $(PYTHON) xorriso mformat grub-mkimage
missing := $(if $(filter clean help lint,$(goals)),,$(shell \
	for tool in $(needed); do \
	command -v $$tool > /dev/null || echo $$tool; done))
$(if $(missing),$(error missing: $(missing). tools/setup installs what is \
	needed, tools/doctor looks for what else is amiss))

.PHONY: all kernel vdso user FORCE
all: $(BUILD)/colonel.iso $(BUILD)/colonel.elf $(BUILD)/initrd.cpio
kernel: $(BUILD)/colonel.elf
vdso: $(BUILD)/vdso.so
user: $(user_prog)

# Other tools or flags than last time: build again. (A "+" is done even when
# make is asked what it would do: the answer depends on it.)
all_flags = $(BUSYBOX) $(CC) $(LD) $(NASM) $(HOSTCC) $(kernel_flags) \
	$(vdso_flags) $(user_flags) $(host_flags) $(nasm_flags) \
	$(kernel_ldflags) $(vdso_ldflags) $(user_ldflags)
$(BUILD)/flags: FORCE
	+$(into)
	+@echo '$(all_flags)' > $@.new
	+@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The optional parts, and the objects that the kernel is linked of: others
# than last time link it again.
$(BUILD)/parts: FORCE
	+$(into)
	+@printf '%s\n' '$(strip $(chosen))' '$(image_obj)' > $@.new
	+@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

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

# The font of the part screen, in a form that any GRUB brings.
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
# tools/vdso-check refuses an image that some reader of it could not use.
$(BUILD)/vdso.so: $(BUILD)/vdso.so.dbg $(BUILD)/linker/vdso.lds tools/vdso-check
	$(call say,STRIP,$@)
	$(Q)$(OBJCOPY) -S $< $@
	$(Q)$(if $(UNCHECKED),,$(PYTHON) tools/vdso-check -quiet \
		-names $(BUILD)/linker/vdso.lds $< $@)

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
		$(BUILD)/ksyms0.o $(BUILD)/parts
	$(call say,LD,$@)
	$(Q)$(LD) $(kernel_ldflags) -T $(filter %.lds %.o,$^) -o $@

$(BUILD)/colonel1.elf: $(BUILD)/linker/kernel.lds $(image_obj) \
		$(BUILD)/ksyms1.o $(BUILD)/parts
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

# ---- Initrd and ISO ---------------------------------------------------------

$(BUILD)/applets: $(BUSYBOX) user/applets tools/applets $(BUILD)/flags
	$(into)
	$(Q)$(if $(BUSYBOX),$(BUSYBOX) --list,true) > $@.all
	$(Q)$(PYTHON) tools/applets $@.all user/applets > $@

# HOSTFILE:GUESTPATH, with the host file's mode, without debugging sections.
# Applets become links to busybox, unless a program of ours has that name.
stripped := $(addprefix $(BUILD)/root/bin/,$(user_bin))
initrd_files := $(foreach p,$(user_bin),$(BUILD)/root/bin/$(p):/bin/$(p)) \
	$(if $(filter init,$(user_bin)),$(BUILD)/root/bin/init:/init) \
	$(if $(BUSYBOX),$(BUSYBOX):/bin/busybox) user/shrc:/etc/shrc:644
initrd_dirs  := /bin /dev /etc /proc /root /tmp

$(stripped): $(BUILD)/root/bin/%: $(BUILD)/user/bin/%
	$(into)
	$(Q)$(OBJCOPY) -S $< $@

$(BUILD)/initrd.cpio: $(stripped) $(BUSYBOX) user/shrc $(BUILD)/applets \
		tools/mkcpio $(BUILD)/flags
	$(call say,CPIO,$@)
	$(if $(BUSYBOX),,@echo 'No busybox: no shell. tools/setup brings it.')
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

# A lab's starter has only the last.
include $(wildcard user/dynamic.mk tests/tests.mk labs/labs.mk)

# ---- Running ----------------------------------------------------------------

.PHONY: run run-uefi run-gui run-kernel gdb gdb-server attach record replay \
	build-debug clean help map syscalls compile_commands.json
size = $$(tools/terminal $(BUILD))
leave = @echo 'To leave: poweroff at the prompt, or Ctrl-A and then X.'

run: $(BUILD)/colonel.iso
	$(leave)
	$(Q)$(QEMU) $(QEMU_FLAGS) $(size) $(NO_WINDOW) -boot d -cdrom $<

run-uefi: $(BUILD)/colonel.iso
	$(leave)
	$(Q)$(QEMU) $(QEMU_FLAGS) $(size) $(NO_WINDOW) -bios $(OVMF) \
		-boot d -cdrom $<

run-gui: $(BUILD)/colonel.iso
	$(leave)
	$(Q)$(QEMU) $(QEMU_FLAGS) $(WINDOW) $(if $(UEFI),-bios $(OVMF)) \
		-boot d -cdrom $<

run-kernel: $(BUILD)/colonel.elf $(BUILD)/initrd.cpio
	$(leave)
	$(Q)$(QEMU) $(QEMU_FLAGS) $(size) $(NO_WINDOW) -kernel $< \
		-initrd $(BUILD)/initrd.cpio \
		-append '$(APPEND)'

# Code that can be followed line by line, in a folder of its own.
build-debug:
	$(Q)$(MAKE) --no-print-directory BUILD=build/debug OPT=-Og \
		build/debug/colonel.elf build/debug/initrd.cpio

gdb: build-debug
	$(Q)tools/gdb/start build/debug

# The same in two terminals, or from an editor.
gdb-server: build-debug
	$(Q)tools/gdb/start -server build/debug

attach:
	$(Q)tools/gdb/attach build/debug

# A run that is kept, and gdb on it, which can go backwards.
PROGRAM := notb
record: build-debug
	$(Q)tools/run -build build/debug -record build/debug/record $(PROGRAM)

replay:
	$(Q)tools/gdb/replay build/debug

clean:
	rm -rf $(BUILD)

help:
	@sed -n '/^#/!q;s/^# \{0,1\}//p' Makefile

# The lists of files in docs/map.md.
map:
	$(Q)$(PYTHON) tools/map

# Each system call with its handler, in the order of the numbers.
syscalls: $(BUILD)/colonel.elf
	$(Q)$(PYTHON) tools/syscalls $<

compile_commands.json:
	@mkdir -p $(BUILD)
	$(Q)$(MAKE) -nB V=1 all guest-tests host-tests > $(BUILD)/commands.txt
	$(Q)$(PYTHON) tools/compdb $(BUILD)/commands.txt > $@

-include $(image_obj:.o=.d) $(vdso_obj:.o=.d) $(user_lib_o:.o=.d) \
	$(user_prog:=.d) $(BUILD)/kernel/cpu/asm-offsets.d \
	$(BUILD)/linker/kernel.lds.d $(BUILD)/linker/vdso.lds.d
