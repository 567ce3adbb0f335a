/*
 * The part procfs: /proc, a filesystem whose files are made when they are
 * read, about the processes and the kernel. Without it ps, top, free, uptime
 * and pgrep have nothing to read, a debugger cannot write a breakpoint, notb -n
 * cannot count system calls, and `tools/run -leaks` sees no memory. It needs no
 * other part. Every part of the kernel may add files: kernel/optional/proc_files.h.
 */
#ifndef KERNEL_OPTIONAL_PROCFS_PROCFS_H
#define KERNEL_OPTIONAL_PROCFS_PROCFS_H

#include "kernel/lib/printf.h"
#include "kernel/optional/proc_files.h"

struct file;
struct task;

/* The process whose file of procfs this is, as long as the file is open; NULL
 * once the process has been reaped. */
struct process *procfs_process(struct file *file);

/* May the current task see and change what the process's program has in memory
 * (ptrace(2))? 0 and the program's generation, or -EACCES. */
int procfs_ptrace(struct process *process, uint64_t *generation);

/* Its address space with a reference, or NULL: it has ended. */
struct space *procfs_space(struct process *process);

/* The thread with that id, or for 0 the first one; NULL when it has ended.
 * process_lock held. */
struct task *procfs_thread(struct process *process, int tid);

#endif
