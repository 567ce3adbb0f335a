/*
 * The kernel parameters that a person gives: docs/command-line.md lists them,
 * kernel/lib/word.h says how one is added.
 */
#ifndef KERNEL_COMMAND_LINE_H
#define KERNEL_COMMAND_LINE_H

#include "boot/bootinfo.h"

/*
 * Adds to the command line the parameters that QEMU's fw_cfg brings, which are
 * the same for each loader, and obeys the early ones.
 */
void command_line_init(struct boot_info *boot);

/* The whole command line, after command_line_init(). */
extern const char *command_line;

/* Obeys the other parameters, when everything that they change is there. One that
 * the kernel does not know gets a sentence on the console. */
void command_line_obey(const struct boot_info *boot);

/* Returns the environment of the first program, which ends with NULL: HOME, TERM
 * and, as on Linux, each "NAME=value" that the kernel does not know. */
const char *const *command_line_environment(void);

#endif
