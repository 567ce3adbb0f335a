/*
 * What changes the tree of names: mknod, mkdir, symlink, link, unlink, rmdir
 * and rename of section 2 of the manual, on paths in kernel memory. Each
 * returns 0 or the -errno of its page; `base` is as for path_lookup().
 */
#ifndef KERNEL_FS_NAMES_H
#define KERNEL_FS_NAMES_H

#include <stdint.h>

struct dentry;

/* `mode` says what is made: S_IFDIR, S_IFREG, S_IFCHR … and permissions. */
int name_create(struct dentry *base, const char *path, uint32_t mode,
		uint64_t device);
int name_symlink(const char *target, struct dentry *base, const char *path);
/* `flags`: AT_SYMLINK_FOLLOW or 0. */
int name_link(struct dentry *from_base, const char *from,
	      struct dentry *to_base, const char *to, unsigned flags);
int name_unlink(struct dentry *base, const char *path);
int name_rmdir(struct dentry *base, const char *path);
/* `flags`: RENAME_NOREPLACE or 0. */
int name_rename(struct dentry *from_base, const char *from,
		struct dentry *to_base, const char *to, unsigned flags);

#endif
