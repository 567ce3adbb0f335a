/*
 * Making and removing names: mkdir, mknod, symlink, unlink and rmdir of section
 * 2 of the manual, on paths in kernel memory. Each returns 0 or the -errno of
 * its page; `base` is as for path_lookup().
 */
#ifndef KERNEL_FS_NAMES_H
#define KERNEL_FS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct dentry;
struct inode;
struct walk;

/* `mode` says what is made (S_IFDIR, S_IFREG, S_IFCHR ...) and its permissions;
 * `device` is the number of a device node. */
int name_create(struct dentry *base, const char *path, uint32_t mode,
		uint64_t device);
int name_symlink(const char *target, struct dentry *base, const char *path);
int name_unlink(struct dentry *base, const char *path);
int name_rmdir(struct dentry *base, const char *path);

/* ---- Steps that these have in common, also for kernel/optional/names ---- */

/* Walks to the last component of the path. Returns 0, or -errno when the walk
 * has ended. */
int name_walk(struct walk *walk, struct dentry *base, const char *path);

/* May a new name stand where the walk stopped? Takes the directory's mutex in
 * any case; name_finish() releases it and ends the walk. */
int name_may_create(struct walk *walk, bool directory);
void name_finish(struct walk *walk);

/* May `victim` be taken out of the directory `parent`, whose mutex is held? */
int name_may_delete(const struct inode *parent, const struct dentry *victim);

/* Is it "." or ".."? */
bool name_is_dots(const char *name);

#endif
