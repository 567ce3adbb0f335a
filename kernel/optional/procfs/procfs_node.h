/*
 * Inside procfs: nodes, which were registered, and inodes, which are a node
 * for one process.
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

struct proc_inode {
	struct inode inode; /* first */
	struct proc_node *node;
	int pid; /* 0: of no process */
	int fd;  /* of a link in fd/, else -1 */
};

static inline struct proc_inode *proc_inode(struct inode *inode)
{
	return (struct proc_inode *)inode;
}

/* Its process with a reference, for procfs_put(); NULL: none, or gone. */
struct process *procfs_find(const struct proc_inode *inode);
void procfs_put(struct process *process); /* NULL is ignored */

extern const struct file_ops proc_text_ops;

/* What procfs asks of the process tree: processes.c. Descriptors, for fd/: the
 * file with a reference, or NULL; the smallest open one from `fd` on, or -1. */
int procfs_next_process(int pid); /* the smallest above `pid`, or 0 */
struct file *procfs_file(struct process *process, int fd);
int procfs_next_file(struct process *process, int fd);

#endif
