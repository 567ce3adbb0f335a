/*
 * Inside procfs: nodes, which were registered, and inodes, which are a node
 * for one process.
 */
#ifndef KERNEL_FS_PROCFS_NODE_H
#define KERNEL_FS_PROCFS_NODE_H

#include "kernel/fs/file.h"
#include "kernel/fs/procfs.h"

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

/* The files that belong to no other subsystem. */
void procfs_register_texts(void);

#endif
