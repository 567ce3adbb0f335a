/*
 * The filesystem in memory: the root, with the files of the initrd and all that
 * programs write. The dentries themselves are its tree of names.
 */
#ifndef KERNEL_FS_RAMFS_H
#define KERNEL_FS_RAMFS_H

#include <stddef.h>
#include <stdint.h>

struct dentry;
struct file;
struct inode;

/* Makes a filesystem. Returns its root directory, or NULL. */
struct dentry *ramfs_new(uint64_t device);

/* Gives `inode`, whose reference it takes over, a name. The directory's mutex
 * is held. Returns a dentry with a reference, or NULL when out of memory. */
struct dentry *ramfs_add_name(struct dentry *directory, const char *name,
			      struct inode *inode);

/* Removes a name, and with it one link to the file. The directory's mutex is
 * held. */
void ramfs_remove_name(struct dentry *directory, struct dentry *victim);

/*
 * Gives an empty regular file the content at `data`, which must stay there for
 * good: a page of it is copied only when it is mapped or written. Boot only.
 */
void ramfs_set_content(struct inode *inode, const void *data, size_t size);

/* How many page frames all files have, for /proc/meminfo. */
size_t ramfs_page_count(void);

/* Returns how many frames are left to processes. When fewer are free, a file
 * gets no new page, and a write fails with -ENOSPC. */
size_t ramfs_reserve(void);

#endif
