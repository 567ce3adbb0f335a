/*
 * Inodes and the tree of names. An inode is a file, directory, device, pipe or
 * symbolic link as such. A dentry (directory entry) is one name of an inode and
 * knows its parent, so every open file knows its path. A filesystem fills in
 * the operations.
 *
 * Locking: a directory's `mutex` guards its names; a rename takes those of both
 * directories, the ancestor's first. A regular file's mutex makes writes,
 * O_APPEND and truncation atomic. The spinlock `tree_lock` (RANK_INODE) guards
 * the links between dentries, so that a path can be printed and ".." be found
 * without a mutex.
 */
#ifndef KERNEL_FS_INODE_H
#define KERNEL_FS_INODE_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/stat.h"
#include "kernel/lib/list.h"
#include "kernel/sched/mutex.h"

/* The filesystems, by their st_dev. */
#define DEVICE_ROOT     1
#define DEVICE_PROC     2
#define DEVICE_NAMELESS 3 /* pipes, anonymous memory */

struct dentry;
struct file;
struct inode;

/* What a new name is to stand for. */
struct new_inode {
	uint32_t mode;      /* type (S_IFDIR, S_IFREG ...) and permissions */
	uint64_t device;    /* the number of a device node */
	const char *target; /* a symbolic link's; not empty */
};

struct inode_ops {
	/*
	 * Of a directory, whose mutex is held. `name` is one component of at
	 * most NAME_MAX bytes, neither "." nor "..". lookup and create return
	 * a dentry with a reference, or NULL and *error; remove returns 0 or
	 * -errno.
	 */
	struct dentry *(*lookup)(struct dentry *directory, const char *name,
				 int *error);
	struct dentry *(*create)(struct dentry *directory, const char *name,
				 const struct new_inode *what, int *error);
	/* Takes a name out; a directory must be empty. */
	int (*remove)(struct dentry *directory, struct dentry *victim);

	/* Of a symbolic link: puts the target into `buffer`. Returns its length
	 * or -errno. */
	long (*readlink)(struct inode *inode, char *buffer, size_t size);
	/* Of a link that leads to an object, as /proc/PID/exe does. Returns the
	 * object's dentry with a reference; or NULL and *error, where 0 means
	 * that the path is to be followed. */
	struct dentry *(*follow)(struct inode *inode, int *error);

	int (*truncate)(struct inode *inode, uint64_t size);
	/* Called when the last reference is gone. */
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
	size_t page_count;                    /* page frames that it takes */
	int64_t atime_ns, mtime_ns, ctime_ns; /* CLOCK_REALTIME */
	unsigned refs;                        /* atomic */
	struct mutex mutex;
	struct list_node locks; /* of the part locks, under its mutex */
	/* Of the part attributes, atomic: how often the file is open for
	 * writing; or below 0, how many programs run from it. */
	int writers;
	const struct inode_ops *ops;
	const struct file_ops *file_ops; /* what open() gives */
	void *data;                      /* for the filesystem */
};

/*
 * A name. `refs` is atomic; all else is written under the directory's mutex and
 * tree_lock together.
 */
struct dentry {
	unsigned refs;
	struct dentry
		*parent;     /* with a reference; NULL in the root, pipes ... */
	struct inode *inode; /* with a reference */
	bool unlinked;       /* the name is gone; the file may live on */
	const char *name;    /* ended by NUL */

	/* Of names that are kept in memory; the tree has a reference. */
	struct list_node sibling, children;
	struct dentry *next; /* in the same hash bucket */
	uint32_t hash;
	uint64_t cookie; /* its position for readdir, rising in `children` */
};

/* Makes a dentry with one reference and a copy of `name`. Takes over the
 * caller's reference to `inode`, even on failure, and adds one to `parent`.
 * Returns NULL when out of memory. */
struct dentry *dentry_new(struct dentry *parent, const char *name,
			  struct inode *inode);
struct dentry *dentry_get(struct dentry *dentry);
void dentry_put(struct dentry *dentry); /* NULL is ignored */

/* Puts a new dentry into the tree, which gets a reference of its own. The
 * directory's mutex is held, and the name is not there yet. */
void dentry_add(struct dentry *dentry);

/* Takes a name out of the tree and drops the tree's reference. */
void dentry_remove(struct dentry *dentry);

/* Links a dentry below its parent, and takes it out there; tree_lock is held.
 * A name that it had before is freed by dentry_free_name(). */
extern struct spinlock tree_lock;
void dentry_attach(struct dentry *dentry);
void dentry_detach(struct dentry *dentry);
void dentry_free_name(struct dentry *dentry, const char *name);

/* Finds a name in the tree. Returns it with a reference, or NULL. */
struct dentry *dentry_find(struct dentry *parent, const char *name);

/* Returns the directory above with a reference; above the root is the root. */
struct dentry *dentry_parent(struct dentry *dentry);

/*
 * Writes the absolute path of a dentry to the end of `buffer`, and " (deleted)"
 * behind it if the name is gone. Returns where it starts, or NULL if the buffer
 * is too small.
 */
char *path_of(struct dentry *dentry, char *buffer, size_t size);

/*
 * Makes an inode with one reference, a number of its own, the current task as
 * owner, and the present time. `size` is that of the filesystem's struct, which
 * begins with a struct inode; the rest is zero. Returns NULL when out of
 * memory.
 */
struct inode *inode_new(size_t size, uint64_t device, uint32_t mode,
			const struct inode_ops *ops,
			const struct file_ops *file_ops);
struct inode *inode_get(struct inode *inode);
void inode_put(struct inode *inode);
void inode_stat(struct inode *inode, struct stat *stat);

/* Sets the size of a regular file. Returns 0, -EINVAL (its filesystem cannot),
 * -EFBIG, or what the filesystem returns. */
int inode_truncate(struct inode *inode, uint64_t size);

/* Sets mtime and ctime to now. */
void inode_touch(struct inode *inode);

/* CLOCK_REALTIME in nanoseconds. */
int64_t inode_now(void);

#define MAY_EXEC  1 /* of a directory: pass through it */
#define MAY_WRITE 2
#define MAY_READ  4

/* Returns 0, or -EACCES if the current task may not use the file so. */
int inode_permission(const struct inode *inode, unsigned mask);

/* The same for root, which may do everything except execute a file that has no
 * permission to be executed at all. */
int inode_root_permission(const struct inode *inode, unsigned mask);

/* Is the current task the file's owner, or root? */
bool inode_owned(const struct inode *inode);

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

/* Must be called for a write or truncation, with the inode's mutex held. Unless
 * root makes the change, a regular file loses its set-user-ID and set-group-ID
 * bits. */
static inline void inode_will_change(struct inode *inode)
{
	if (unlikely(inode->mode & (S_ISUID | S_ISGID)) &&
	    S_ISREG(inode->mode) && inode_hooks.will_change)
		inode_hooks.will_change(inode);
}

#endif
