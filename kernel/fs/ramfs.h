/*
 * The filesystem in memory: the root, with all that the initrd brings and all
 * that programs write. Its tree of names is the dentries themselves.
 */
#ifndef KERNEL_FS_RAMFS_H
#define KERNEL_FS_RAMFS_H

#include <stddef.h>
#include <stdint.h>

struct dentry;
struct file;
struct inode;

/* A new filesystem's root directory, or NULL. */
struct dentry *ramfs_new(uint64_t device);

/* Gives `inode`, whose reference it takes over, a name. The directory's mutex
 * is held. Returns a dentry with a reference, or NULL when out of memory. */
struct dentry *ramfs_add_name(struct dentry *directory, const char *name,
			      struct inode *inode);

/* Removes a name, and with it one link to the file. The directory's mutex is
 * held. */
void ramfs_remove_name(struct dentry *directory, struct dentry *victim);

/*
 * Gives an empty regular file the content at `data`, which stays where it is
 * for good: a page is copied only when somebody maps or writes it. Its mutex
 * is held.
 */
void ramfs_set_content(struct inode *inode, const void *data, size_t size);

/* Files, directories, links and nodes that there are. */
size_t ramfs_file_count(void);

/* Page frames in all files: /proc/meminfo's Cached. */
size_t ramfs_page_count(void);

/* Writing leaves this many frames to processes: -ENOSPC below it. */
size_t ramfs_reserve(void);

#endif
