/*
 * Inodes and the tree of names. An inode is a file, directory, device, pipe
 * or link as such; a dentry is one name of it and knows its parent, so every
 * open file knows its path. Filesystems (ramfs, devfs, procfs) fill in the
 * operations.
 *
 * Locking: a directory's `mutex` guards its names; a rename takes both
 * directories', ancestors first, under `rename_mutex`. A regular file's mutex
 * makes writes, O_APPEND and truncation atomic. The spinlock `tree_lock`
 * (RANK_INODE) guards what links dentries to each other, so that a path can be
 * printed and ".." taken without a mutex.
 */
#ifndef KERNEL_FS_INODE_H
#define KERNEL_FS_INODE_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/stat.h"
#include "kernel/lib/list.h"
#include "kernel/sched/mutex.h"

/* st_dev of the filesystems that there are. */
#define DEVICE_ROOT     1
#define DEVICE_PROC     2
#define DEVICE_NAMELESS 3 /* pipes, anonymous memory */

struct dentry;
struct file;
struct inode;

struct inode_ops {
	/*
	 * Directories. The inode's mutex is held. `name` is one component of
	 * at most NAME_MAX bytes, neither "." nor "..". All 0 or -errno.
	 * lookup: a dentry with a reference, for the caller, or NULL and
	 * -ENOENT in *error.
	 */
	struct dentry *(*lookup)(struct dentry *directory, const char *name,
				 int *error);
	/* A new regular file, device, fifo or directory, by mode's type. */
	struct dentry *(*create)(struct dentry *directory, const char *name,
				 uint32_t mode, uint64_t device, int *error);
	int (*symlink)(struct dentry *directory, const char *name,
		       const char *target);
	int (*unlink)(struct dentry *directory, struct dentry *victim);
	int (*rmdir)(struct dentry *directory, struct dentry *victim);

	/* Links: the target into `buffer`; its length or -errno. */
	long (*readlink)(struct inode *inode, char *buffer, size_t size);
	/* Links that may lead to an object, not a path (/proc/PID/exe): its
	 * dentry with a reference; NULL with *error 0: follow the path. */
	struct dentry *(*follow)(struct inode *inode, int *error);

	int (*truncate)(struct inode *inode, uint64_t size);
	/* Fills in what is not in struct inode (size of a /proc file …). */
	void (*stat)(struct inode *inode, struct stat *stat);
	/* The last reference is gone. */
	void (*release)(struct inode *inode);
};

struct inode {
	uint64_t number;
	uint64_t device; /* of the filesystem: st_dev */
	uint64_t rdev;   /* of a device node: st_rdev */
	uint32_t mode;   /* type and permissions */
	uint32_t uid, gid;
	uint32_t links;
	uint64_t size;                        /* bytes; changed under `mutex` */
	int64_t atime_ns, mtime_ns, ctime_ns; /* CLOCK_REALTIME */
	unsigned refs;                        /* atomic */
	int writers; /* opens for writing; below 0: how many forbid
				   it, running the file; atomic */
	struct mutex mutex;
	struct list_node locks; /* of the part locks, under its mutex */
	const struct inode_ops *ops;
	const struct file_ops *file_ops; /* what open() gives */
	void *data;                      /* the filesystem's own */
};

/*
 * A name. `refs` is atomic; all else is written under the directory's mutex and
 * tree_lock together.
 */
struct dentry {
	unsigned refs;
	struct dentry *parent; /* with a reference; NULL: a root, or nameless */
	struct inode *inode;   /* with a reference */
	bool unlinked;         /* the name is gone; the file may live on */
	const char *name;      /* ended by NUL */

	/* Names that are kept (ramfs): the tree holds a reference. */
	struct list_node sibling, children;
	struct dentry *next; /* in the same hash bucket */
	uint32_t hash;
	uint64_t cookie; /* position for readdir; rises along `children` */
};

/* A dentry with one reference and a copy of `name`; takes over the caller's
 * reference to `inode`, also on failure; adds one to `parent`. NULL: memory
 * is full. */
struct dentry *dentry_new(struct dentry *parent, const char *name,
			  struct inode *inode);
struct dentry *dentry_get(struct dentry *dentry);
void dentry_put(struct dentry *dentry); /* NULL is ignored */

/* Puts a new dentry into the tree, with a reference of the tree's own. The
 * directory's mutex is held; the name is not there yet. */
void dentry_add(struct dentry *dentry);

/* Takes a name out of the tree and drops the tree's reference. */
void dentry_remove(struct dentry *dentry);

/* Links a dentry below its parent, and takes it out there; tree_lock is held.
 * A name that it had before is freed by dentry_free_name(). */
extern struct spinlock tree_lock;
void dentry_attach(struct dentry *dentry);
void dentry_detach(struct dentry *dentry);
void dentry_free_name(struct dentry *dentry, const char *name);

/* The name in the tree, with a reference, or NULL. */
struct dentry *dentry_find(struct dentry *parent, const char *name);

/* The directory above, with a reference; the root's is itself. */
struct dentry *dentry_parent(struct dentry *dentry);

/*
 * The absolute path of a dentry, in `buffer`; " (deleted)" is added where its
 * name is gone. The start of the path in the buffer, or NULL: too small.
 */
char *path_of(struct dentry *dentry, char *buffer, size_t size);

/*
 * An inode with one reference, a fresh number, the current task's owner and the
 * time of now. `size` is that of the filesystem's own struct, which begins with
 * a struct inode; the rest is zero. NULL: memory is full.
 */
struct inode *inode_new(size_t size, uint64_t device, uint32_t mode,
			const struct inode_ops *ops,
			const struct file_ops *file_ops);
struct inode *inode_get(struct inode *inode);
void inode_put(struct inode *inode);
void inode_stat(struct inode *inode, struct stat *stat);

/* A regular file's new size. 0, -ETXTBSY: it is a program that runs, -EINVAL:
 * its filesystem sets no sizes; or what that says. */
int inode_truncate(struct inode *inode, uint64_t size);

/* Sets mtime and ctime to now. */
void inode_touch(struct inode *inode);

/* CLOCK_REALTIME in nanoseconds, as exact as a file's time needs to be. */
int64_t inode_now(void);

#define MAY_EXEC  1 /* of a directory: pass through */
#define MAY_WRITE 2
#define MAY_READ  4

/* 0, or -EACCES where the current task may not. */
int inode_permission(const struct inode *inode, unsigned mask);

/* The same for root, who may do all but run what nobody may run. */
int inode_root_permission(const struct inode *inode, unsigned mask);

/* Is the current task the file's owner, or root? */
bool inode_owned(const struct inode *inode);

/* Before a write or truncation, with the inode's mutex held: anybody but root
 * takes the set-user-ID and set-group-ID bits of a regular file away. */
void inode_will_change(struct inode *inode);

/* The answers of the part users; all NULL without it: every task is root. */
extern struct inode_hooks {
	int (*permission)(const struct inode *inode, unsigned mask);
	bool (*owned)(const struct inode *inode);
	/* Sets uid and gid of a new inode, which is to be in `directory`; NULL:
	 * in none, or it is not known yet. */
	void (*init_owner)(struct inode *inode, const struct inode *directory);
	/* inode_will_change(), of a regular file that has one of the bits. */
	void (*will_change)(struct inode *inode);
} inode_hooks;

#endif
