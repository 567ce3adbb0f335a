/*
 * The part procfs: /proc, a filesystem whose files are made when they are
 * read, about the processes and the kernel. Without it ps, top, free, uptime
 * and pgrep have nothing to read, a debugger cannot write a breakpoint, notb -n
 * cannot count system calls, and `tools/run -leaks` sees no memory. It needs no
 * other part. Every part of the kernel may add files: kernel/lib/proc_files.h.
 */
#ifndef KERNEL_OPTIONAL_PROCFS_PROCFS_H
#define KERNEL_OPTIONAL_PROCFS_PROCFS_H

#include "kernel/lib/proc_files.h"

struct file;

/* The process that a file of procfs with `ops` belongs to, with a reference,
 * or NULL: it is gone. */
struct process *procfs_process(struct file *file);

#endif
