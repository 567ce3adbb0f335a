/*
 * From a path to what it names (POSIX 4.13, path_resolution(7)), and back.
 */
#ifndef KERNEL_FS_PATH_H
#define KERNEL_FS_PATH_H

#include "kernel/abi/limits.h"
#include "kernel/fs/file.h"

/* Where a task stands in the tree; shared by CLONE_FS. */
struct fs_context {
	unsigned refs;        /* atomic */
	struct spinlock lock; /* RANK_FILES: guards cwd */
	struct dentry *cwd;
	uint32_t umask;
};

struct fs_context *fs_context_new(struct dentry *cwd);
struct fs_context *fs_context_copy(struct fs_context *from);
void fs_context_get(struct fs_context *fs);
void fs_context_put(struct fs_context *fs);

/* The working directory, with a reference; and another one. */
struct dentry *fs_context_cwd(struct fs_context *fs);
void fs_context_set_cwd(struct fs_context *fs, struct dentry *cwd);

#define PATH_NOFOLLOW  1 /* a link as last component is the result itself */
#define PATH_DIRECTORY 2 /* -ENOTDIR unless it is one */

/*
 * The dentry that `path` names, with a reference; NULL and *error: -ENOENT,
 * -ENOTDIR, -ELOOP, -ENAMETOOLONG, -ENOMEM. Relative paths start at `base`
 * (NULL: the task's working directory).
 */
struct dentry *path_lookup(struct dentry *base, const char *path,
			   unsigned flags, int *error);

/*
 * A walk in progress, for those who treat the last component in their own way.
 * walk_to_last() stops at it: `at` is its directory, `name` the component ("" for
 * a path that is "/" only), `slash` says whether a slash followed it.
 */
struct walk {
	struct dentry *at; /* with a reference */
	const char *rest;  /* of the path, not walked yet */
	char *buffer;      /* holds `rest` once a link was followed */
	unsigned links;    /* followed so far */
	bool slash;
	char name[NAME_MAX + 1];
};

/* Starts at the path's beginning; walk_end() is due in any case. 0 or
 * -ENOENT for an empty path. */
int walk_begin(struct walk *walk, struct dentry *base, const char *path);

/* To the last component; 0 or -errno. */
int walk_to_last(struct walk *walk);

/* What the last component names, with a reference, or NULL and *error. The
 * directory's mutex is taken unless `locked`. */
struct dentry *walk_last(struct walk *walk, bool locked, int *error);

/* The last component was the link `link`: goes on with its target, up to the
 * new last component. 0 or -errno. 1: `at` is the target itself. */
int walk_follow(struct walk *walk, struct dentry *link);

/* What the last component leads to, with a reference, through links unless
 * `flags` has PATH_NOFOLLOW; or NULL and *error. */
struct dentry *walk_resolve(struct walk *walk, unsigned flags, int *error);

void walk_end(struct walk *walk);

/* open(2) in the kernel: a file with a reference, or NULL and *error. */
struct file *path_open(struct dentry *base, const char *path, unsigned flags,
		       uint32_t mode, int *error);

/* The root of all: set once by fs_init(). */
extern struct dentry *root_dentry;

/* Makes the root, and /dev in it; the initrd is kernel/fs/initrd.h. */
void fs_init(void);

#endif
