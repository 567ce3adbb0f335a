/*
 * From a path to what it names (POSIX 4.13, path_resolution(7)), and back.
 */
#ifndef KERNEL_FS_PATH_H
#define KERNEL_FS_PATH_H

#include "kernel/abi/limits.h"
#include "kernel/fs/file.h"

/* A task's place in the tree of names; tasks made with CLONE_FS share it. */
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

/* Returns the working directory with a reference; and sets another one. */
struct dentry *fs_context_cwd(struct fs_context *fs);
void fs_context_set_cwd(struct fs_context *fs, struct dentry *cwd);

/* Raised when open(2) cannot make a file because its name is there, perhaps as a
 * link that leads to nothing: a part makes what the link names, and returns it
 * with a reference in *made, or *error. */
HOOK_EVENT(link_dangles, struct dentry *base, const char *path,
	   const struct new_inode *what, struct dentry **made, int *error);

#define PATH_NOFOLLOW  1 /* a symbolic link at the end is the result itself */
#define PATH_DIRECTORY 2 /* -ENOTDIR unless the result is a directory */

/*
 * Finds what `path` names. Returns its dentry with a reference, or NULL and
 * *error: -ENOENT, -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, -ENOMEM. A
 * relative path starts at `base`, or at the task's working directory if `base`
 * is NULL.
 */
struct dentry *path_lookup(struct dentry *base, const char *path,
			   unsigned flags, int *error);

/*
 * A walk along a path, for callers that treat the last component in their own
 * way: `at` is the directory, `name` the component ("" for a path of slashes
 * only), and `slash` says whether a slash follows it.
 */
struct walk {
	struct dentry *at; /* with a reference */
	const char *rest;  /* the part of the path that is not walked yet */
	char *buffer;      /* memory of `rest` once a link was followed */
	unsigned links;    /* followed so far */
	bool slash;
	char name[NAME_MAX + 1];
};

/* Walks to the last component. Returns 0, and walk_end() must follow; or
 * -errno, and the walk has ended. */
int walk_begin(struct walk *walk, struct dentry *base, const char *path);

/* Looks the last component up. Returns a dentry with a reference, or NULL and
 * *error. Takes the directory's mutex unless `locked` says that it is held. */
struct dentry *walk_last(struct walk *walk, bool locked, int *error);
void walk_end(struct walk *walk);

/* open(2) in the kernel. Returns a file with a reference, or NULL and *error.
 * O_CREAT makes no file through a symbolic link that leads to nothing. */
struct file *path_open(struct dentry *base, const char *path, unsigned flags,
		       uint32_t mode, int *error);

/* The root directory, which fs_init() sets. */
extern struct dentry *root_dentry;

/* Makes the root directory, and /dev and /tmp in it. */
void fs_init(void);

#endif
