/*
 * /proc/PID/maps and /proc/PID/mem.
 */
#ifndef KERNEL_OPTIONAL_PROCFS_MEMORY_FILE_H
#define KERNEL_OPTIONAL_PROCFS_MEMORY_FILE_H

#include "kernel/fs/file.h"
#include "kernel/optional/procfs/procfs.h"

int show_maps(struct sink *out, struct process *process);

extern const struct file_ops memory_file_ops; /* mem */

#endif
