/*
 * Making and removing names: mkdir, mknod, symlink, unlink and rmdir of section
 * 2 of the manual, on paths in kernel memory. Each returns the -errno of its
 * page; `base` is as for path_lookup().
 */
#ifndef KERNEL_FS_NAMES_H
#define KERNEL_FS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct dentry;
struct inode;
struct new_inode;
struct walk;

/* Makes a file of any type. Returns its dentry with a reference, or NULL and
 * *error. */
struct dentry *name_create(struct dentry *base, const char *path,
			   const struct new_inode *what, int *error);

/* Removes the name of a directory, which must be empty, or of another file.
 * Returns 0 or -errno. */
int name_remove(struct dentry *base, const char *path, bool directory);

/* ---- Steps that these have in common, also for kernel/optional/names ---- */

/* May a new name stand where the walk stopped? Takes the directory's mutex in
 * any case; name_finish() releases it and ends the walk. */
int name_may_create(struct walk *walk, bool directory);
void name_finish(struct walk *walk);

/* May `victim` be taken out of the directory `parent`, whose mutex is held? */
int name_may_delete(const struct inode *parent, const struct dentry *victim);

/* Is it "." or ".."? */
bool name_is_dots(const char *name);

#endif
