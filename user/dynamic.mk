# Dynamic linking: the dynamic linker /lib/ld-colonel.so.1, libc.so, and the
# article's programs that are linked with vdso.so. Part of the Makefile.

ldso_S := user/ldso/enter.S

ldso_c := user/ldso/ldso.c user/ldso/object.c user/ldso/load.c \
	user/ldso/lookup.c user/ldso/relocate.c user/ldso/tls.c \
	user/ldso/constructors.c \
	user/ldso/symbols.c user/lib/string.c user/lib/printf.c \
	user/lib/errno_name.c user/lib/auxv.c

libc_S := user/libc/crt1.S

libc_c := user/libc/start.c user/libc/stdio.c user/lib/string.c \
	user/lib/printf.c user/lib/errno_name.c

linked_c := user/article/notb.c user/article/notb_weak.c

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

