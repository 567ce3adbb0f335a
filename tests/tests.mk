# The tests: which there are, how they are built and started. Part of the
# Makefile.
#
# A guest test is a program of ring 3 that runs in Colonel and on Linux; a host
# test links shipped code with a main of its own; a boot test drives machines.

# One program each: tests/guest/NAME.c, tests/host/NAME.c.

guest_tests := basics processes execs memory_maps vdso_calls vdso_page \
	ring3_entry cpu_state fairness families strangers \
	evil_pointers evil_images files pipes signals clocks proc_files \
	stress cpu_time races vdso_each vdso_cpus entropy clock_set \
	vdso_steps futexes events timers remaps locks scheduling \
	vdso_random limits users failures fuzz other_calls outputs terminals

# The guest tests that Linux must pass too: the same files, run on the host;
# not fuzz, which kills all processes of a user.
linux_tests := $(filter-out fuzz,$(guest_tests))

# Whole machines: tests/boot/NAME.py.
boot_tests := run_frames run_machine console machines screen broken_starts \
	bochs explore panic no_trap article dynamic_linking backtrace \
	page_rights unwind settings clock_faults smp assertions failing_boot \
	parts \
	gdb_commands ring3_state \
	oracle session oracle_libraries transcripts gallery \
	extending editor hand_ins exports

# The labs whose graders are proved: labs/NUMBER-NAME/.
lab_tests := $(notdir $(patsubst %/lab.toml,%,$(wildcard labs/*/lab.toml)))
lab_tests := $(patsubst 0%,%,$(foreach lab,$(lab_tests), \
	$(firstword $(subst -, ,$(lab)))))

# For a host test NAME: NAME_src are shipped sources compiled for the host with
# NAME_src_flags, NAME_obj are files of $(BUILD) to be linked as they are, and
# NAME_flags (sanitizers, -no-pie) go to each of its compilations and its link.
host_tests := test_abi test_lib test_printf test_bootinfo test_vdso_calls \
	test_vdso_image test_vdso_find test_vdso_steps test_vdso_torn \
	test_vvar test_slew test_time test_timers test_cpio test_elf test_vt

# Not a test, but built as one is: `make bench` runs it.
host_bench := bench_vdso

# Host tests that are scripts: tests/host/NAME.py.
host_scripts := test_ldso test_ldso_fuzz test_article test_vdso_check

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
test_vdso_find_src := $(vdso_mapped) user/ldso/symbols.c
test_vdso_find_flags := -fsanitize=address,undefined -fno-sanitize-recover

# The functions linked natively, over the very page that the writer writes.
test_vdso_torn_src := $(vdso_writer) kernel/optional/clocks/change.c
test_vdso_torn_obj = $(BUILD)/tests/host/vdso-shipped.o
test_vdso_torn_flags := -Wl,--defsym,vvar_u=vvar_k

test_vvar_src := $(vdso_writer) kernel/optional/clocks/change.c
test_slew_src := kernel/optional/steering/slew.c
test_slew_flags := -O2 -fsanitize=undefined -fno-sanitize-recover
test_time_src := kernel/time/timeline.c kernel/time/calibrate.c \
	kernel/optional/clocks/watch.c
test_time_flags := -O2
test_timers_src := kernel/time/timer_queue.c kernel/time/rtc.c
test_timers_flags := -fsanitize=address,undefined -fno-sanitize-recover
test_elf_src := kernel/process/elf.c
test_elf_flags := -fsanitize=address,undefined -fno-sanitize-recover
test_vt_src := $(addprefix kernel/optional/screen/, \
	vt.c vt_control.c keymap.c)
test_vt_flags := -fsanitize=address,undefined -fno-sanitize-recover
test_cpio_src := kernel/fs/cpio.c
test_cpio_flags := -fsanitize=address,undefined -fno-sanitize-recover

guest_prog := $(addprefix $(BUILD)/tests/guest/,$(guest_tests))
# What tests/boot/gallery.py runs besides programs of C libraries and of Go,
# which it builds itself. (tests/gallery/edit.py is for the variants.)
gallery_names := each finder
gallery_prog := $(addprefix $(BUILD)/tests/gallery/,$(gallery_names))
# Objects that call the kernel's UBSAN handlers cannot be linked natively.
$(if $(UBSAN),$(eval host_tests := \
	$(filter-out test_lib test_printf,$(host_tests))))
host_prog  := $(addprefix $(BUILD)/tests/host/,$(host_tests))

.PHONY: guest-tests host-tests test soak lint check bench mutants gallery
guest-tests: $(guest_prog) $(gallery_prog) $(BUILD)/tests/bench
host-tests: $(host_prog) $(addprefix $(BUILD)/tests/host/,$(host_scripts))

# ---- Guest tests ------------------------------------------------------------

$(BUILD)/tests/guest/%.o: tests/guest/%.c $(BUILD)/flags
	$(call compile,CC,$(user_flags))

$(BUILD)/tests/gallery/%.o: tests/gallery/%.c $(BUILD)/flags
	$(call compile,CC,$(user_flags))

# tools/bench and tools/profile take it into the guest with them.
$(BUILD)/tests/bench.o: tests/bench.c $(BUILD)/flags
	$(call compile,CC,$(user_flags))

$(guest_prog) $(gallery_prog) $(BUILD)/tests/bench: %: %.o \
		$(BUILD)/user/libuser.a linker/user.lds
	$(call link_program)

-include $(guest_prog:=.d) $(gallery_prog:=.d) $(BUILD)/tests/bench.d

# ---- Host tests -------------------------------------------------------------

# The shipped functions, with nothing global but __vdso_*: a weak clock_gettime
# would capture the test program's own.
$(BUILD)/tests/host/vdso-shipped.o: $(call obj,$(vdso_c) vdso/chacha.S)
	$(into)
	$(call say,OBJCOPY,$@)
	$(Q)$(LD) -r -o $@.all $^
	$(Q)$(OBJCOPY) -w --keep-global-symbol='__vdso_*' $@.all $@

# The shipped library with k_ in front of every name, beside the C library's;
# it is code for low addresses, so its tests are linked with -no-pie.
$(BUILD)/tests/host/lib-shipped.o: $(call obj,$(wildcard kernel/lib/*.c))
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
		tests/host/%.py | article $(BUILD)/tests/host/with_vdso
	$(into)
	$(Q)ln -sf $(abspath $<) $@

$(BUILD)/tests/host/with_vdso: tests/host/with_vdso.c $(BUILD)/flags
	$(into)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(host_flags) -MMD -MP -MF $@.d -o $@ $<

-include $(BUILD)/tests/host/with_vdso.d

# ---- Running them ----------------------------------------------------------

# Models of what goes on between CPUs, tests/model/NAME.pml; proofs of formulas,
# tests/proof/NAME.py; and mutants, each
# a line made wrong that a test must catch: some here, all by `make mutants`.
model_tests  := seqlock
proof_tests  := arithmetic
mutant_tests := no-begin-mark no-recheck dropped-fraction \
	name-without-function

# Broken vDSOs and what becomes of programs, all of docs/gallery.md.
gallery: all guest-tests
	$(Q)BUILD=$(BUILD) $(PYTHON) tests/boot/gallery.py -write

mutants:
	$(Q)$(PYTHON) tests/variants/mutant.py all

test_programs := -host '$(host_tests) $(host_scripts)' -linux '$(linux_tests)' \
	-model '$(model_tests)' -proof '$(proof_tests)' \
	-mutant '$(mutant_tests)' \
	-guest '$(guest_tests)' -boot '$(boot_tests)' -labs '$(lab_tests)'

report = $(if $(REPORT),-$(REPORT) $(BUILD)/report.xml)

# It builds only what the chosen tests need.
test:
	$(Q)$(PYTHON) tests/run -build $(BUILD) $(report) \
		-make '$(MAKE) --no-print-directory' $(test_programs) $(T)

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
	$(Q)SOAK=1 $(PYTHON) tests/boot/hand_ins.py
	$(Q)BUILD=$(BUILD) SOAK=1 GUEST_TESTS='$(guest_tests)' \
		$(PYTHON) tests/boot/bochs.py
	$(Q)BUILD=$(BUILD) SOAK=1 GUEST_TESTS='$(guest_tests)' \
		$(PYTHON) tests/boot/explore.py
	$(Q)$(PYTHON) tests/variants/mutant.py all

lint:
	$(Q)$(PYTHON) tools/lint

check: all host-tests guest-tests
	$(Q)$(PYTHON) tests/run -build $(BUILD) -lint tree $(test_programs)

# ---- Benchmarks -------------------------------------------------------------

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

bench: all $(BUILD)/tests/bench $(BUILD)/bench/empty/colonel.iso \
		$(host_bench_prog)
	$(Q)$(PYTHON) tools/bench -build $(BUILD) $(if $(DOCS),-docs) $(T)

