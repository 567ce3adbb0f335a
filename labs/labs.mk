# The labs' graders: programs that run in the machine for them, labs/NN-NAME/
# programs/*.c, and the rule that grades. Part of the Makefile.

lab_prog := $(patsubst %.c,$(BUILD)/%,$(wildcard labs/*/programs/*.c))

$(BUILD)/labs/%.o: labs/%.c $(BUILD)/flags
	$(call compile,CC,$(user_flags))

$(lab_prog): %: %.o $(BUILD)/user/libuser.a linker/user.lds
	$(call link_program)

-include $(lab_prog:=.d)

# P="POINT..." grades these alone.
.PHONY: grade
grade:
	$(Q)tools/lab grade $(P)
