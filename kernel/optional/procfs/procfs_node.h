/*
 * Inside procfs: a node stands for a path of the tables, an entry for a node of
 * one process or thread, and each inode holds an entry.
 */
#ifndef KERNEL_OPTIONAL_PROCFS_PROCFS_NODE_H
#define KERNEL_OPTIONAL_PROCFS_PROCFS_NODE_H

#include "kernel/fs/file.h"
#include "kernel/optional/procfs/procfs.h"
#include "kernel/process/process.h"

struct proc_node {
	const char *name;
	unsigned id;
	const struct proc_file *file; /* NULL: a directory */
	struct proc_node *children, *next;
};

/*
 * The process is held by a reference, not by its number: when it is gone,
 * another one may bear the number, and must not be taken for it.
 */
struct proc_entry {
	struct proc_node *node;
	struct process *process; /* NULL outside of PID/ */
	int pid;                 /* its number */
	int tid;                 /* of a thread's file, else 0 */
	int fd;                  /* of a link in fd/, else -1 */
};

struct proc_inode {
	struct inode inode; /* first */
	struct proc_entry entry;
};

static inline struct proc_entry *proc_entry(struct inode *inode)
{
	return &((struct proc_inode *)inode)->entry;
}

/* True when its process has been reaped. */
static inline bool proc_entry_is_gone(const struct proc_entry *entry)
{
	return entry->process && !READ_ONCE(entry->process->pid->process);
}

extern const struct file_ops proc_text_ops;

/*
 * What procfs asks of the process tree: processes.c. The next_ functions return
 * the smallest number from `from` on that is in use, or -1.
 */
int procfs_next_process(int from);
int procfs_next_thread(struct process *process, int from);
int procfs_next_file(struct process *process, int from);
/* The open file of a descriptor with a reference, or NULL. */
struct file *procfs_file(struct process *process, int fd);

#endif
