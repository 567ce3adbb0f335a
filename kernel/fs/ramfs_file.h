/*
 * Inside ramfs: an inode of it, and the bytes of regular files.
 */
#ifndef KERNEL_FS_RAMFS_FILE_H
#define KERNEL_FS_RAMFS_FILE_H

#include "kernel/fs/file.h"
#include "kernel/fs/pages.h"

struct ramfs_inode {
	struct inode inode; /* first */
	char *target;       /* a link's, NUL-ended; else NULL */

	bool mapped; /* a page was, at some time: set and never cleared */

	/* Under `lock` (RANK_INODE). */
	struct spinlock lock;
	struct pages pages;
	/* What the pages that are not there yet hold: the first `initial_size`
	 * bytes are those at `initial`, and zeros follow. */
	const uint8_t *initial;
	size_t initial_size;
};

static inline struct ramfs_inode *ramfs_inode(struct inode *inode)
{
	return (struct ramfs_inode *)inode;
}

extern const struct file_ops ramfs_file_ops;

/* Raised when a file that has been mapped became shorter: its size is the new
 * one, and its pages beyond it are dropped. The inode's mutex is held. */
HOOK_EVENT(file_cut, struct inode *inode, uint64_t size);

/* A new inode with one reference, or NULL when out of memory. */
struct inode *ramfs_inode_new(uint64_t device, uint32_t mode, uint64_t rdev);

/* inode_ops.truncate; always 0. */
int ramfs_truncate(struct inode *inode, uint64_t size);

/* Returns the frame of page `number`, with a reference; a hole is filled first.
 * Returns 0 when out of memory, or when files have all that they may have. */
paddr_t ramfs_page(struct inode *inode, uint64_t number);

/* Drops the pages beyond `size` and clears the rest of the last one. The
 * inode's mutex is held. */
void ramfs_cut(struct inode *inode, uint64_t size);

/* Frees all pages of a file that nothing refers to any more. */
void ramfs_drop_pages(struct inode *inode);

#endif
