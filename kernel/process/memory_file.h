/*
 * /proc/PID/maps and /proc/PID/mem.
 */
#ifndef KERNEL_PROCESS_MEMORY_FILE_H
#define KERNEL_PROCESS_MEMORY_FILE_H

#include "kernel/fs/file.h"
#include "kernel/fs/procfs.h"

int show_maps(struct text *text, struct process *process);

extern const struct file_ops memory_file_ops; /* mem */

#endif
