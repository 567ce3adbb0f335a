/*
 * The words that a person gives the kernel: docs/command-line.md.
 */
#ifndef KERNEL_COMMAND_LINE_H
#define KERNEL_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "boot/bootinfo.h"

/*
 * Completes the command line with the words that QEMU's fw_cfg brings (the same
 * for each loader) and obeys panic= and fail-nth=, which matter before all others.
 */
void command_line_init(struct boot_info *boot);

/* Obeys the others, once everything that they change is there. A word that is
 * none gets a sentence. */
void command_line_obey(const struct boot_info *boot);

/* A word's value, copied and ended; false where the word does not occur. */
bool command_line_value(const struct boot_info *boot, const char *name,
			char *value, size_t size);

#endif
