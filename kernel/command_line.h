/*
 * The kernel parameters that a person gives: docs/command-line.md lists them,
 * kernel/lib/word.h says how one is added.
 */
#ifndef KERNEL_COMMAND_LINE_H
#define KERNEL_COMMAND_LINE_H

#include "boot/bootinfo.h"

/*
 * Completes the command line with the words that QEMU's fw_cfg brings (the
 * same for each loader) and obeys the early ones.
 */
void command_line_init(struct boot_info *boot);

/* The whole of it, after command_line_init(). */
extern const char *command_line;

/* Obeys the others, once everything that they change is there. A word that the
 * kernel does not know gets a sentence on the console. */
void command_line_obey(const struct boot_info *boot);

/* The environment of the first program, which ends with NULL: HOME, TERM and,
 * as on Linux, the words "NAME=value" that the kernel does not know. */
const char *const *command_line_environment(void);

#endif
