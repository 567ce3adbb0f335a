# The labs' graders: programs that run in the machine for them, labs/NN-NAME/
# programs/*.c, and the rule that grades. Part of the Makefile.

lab_prog := $(patsubst %.c,$(BUILD)/%,$(wildcard labs/*/programs/*.c))

$(BUILD)/labs/%.o: labs/%.c $(BUILD)/flags
	$(call compile,CC,$(user_flags))

# At addresses of their own: where they are is no place of another program.
$(BUILD)/labs/program.lds: linker/user.lds
	$(into)
	$(Q)sed 's/0x400000/0x66600000/' $< > $@

$(lab_prog): %: %.o $(BUILD)/user/libuser.a $(BUILD)/labs/program.lds
	$(call say,LD,$@)
	$(Q)$(LD) $(user_ldflags) -T $(BUILD)/labs/program.lds -o $@ \
		$(filter %.o %.a,$^)

-include $(lab_prog:=.d)

# P="POINT..." grades these alone.
.PHONY: grade
grade:
	$(Q)tools/lab grade $(P)
