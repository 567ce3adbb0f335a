/*
 * Open files, and the tables of file descriptors that tasks share.
 *
 * A filesystem calls the layer of processes, which is above it, through
 * file_signal_self. That layer sets it at boot.
 */
#ifndef KERNEL_FS_FILE_H
#define KERNEL_FS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/fcntl.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/fs/inode.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/types.h"

struct area_ops;
struct file;
struct poll_table;

/* Sends the current task a signal: SIGPIPE, SIGXFSZ. */
extern void (*file_signal_self)(int signo);

/* Takes one directory entry, whose type is in `mode`. Returns false if there is
 * no room for it. */
typedef bool readdir_emit(void *context, const char *name, uint64_t inode,
			  uint32_t mode);

/*
 * The operations of an open file. They reach user addresses by uaccess only,
 * and are called without locks except where it is said. Where an entry is NULL,
 * the system call returns what its manual page says for such a file (-EINVAL,
 * -ENOTTY, -ESPIPE ...).
 */
struct file_ops {
	/* Called at open, before anybody else can reach the file. Returns 0 or
	 * -errno. */
	int (*open)(struct file *file);
	/* Return the number of bytes, 0 at the end of the file, or -errno, and
	 * advance *position: the file's own, or that of pread(2). */
	long (*read)(struct file *file, uaddr_t to, size_t size,
		     uint64_t *position);
	long (*write)(struct file *file, uaddr_t from, size_t size,
		      uint64_t *position);
	/* Calls emit() for the entries from *position on until it returns
	 * false; *position is then that of the entry that was refused. It is 2
	 * or more: the caller has made "." and ".." itself. The directory's
	 * mutex is held. Returns 0 or -errno. */
	int (*readdir)(struct file *file, readdir_emit *emit, void *context,
		       uint64_t *position);
	long (*ioctl)(struct file *file, unsigned request, uaddr_t argument);
	/* Joins the wait queues of the file (poll.h), then returns the events
	 * that hold now: POLLIN ... */
	unsigned (*poll)(struct file *file, struct poll_table *table);
	/* Reads into kernel memory, for exec. Returns bytes or -errno. */
	long (*read_kernel)(struct file *file, void *to, size_t size,
			    uint64_t position);
	/* Operations of an area that maps the file. The area's object is the
	 * file, with a reference. NULL means -ENODEV. */
	const struct area_ops *map_ops;
	/* lseek(2); NULL for a stream, which has no position (-ESPIPE). */
	long (*seek)(struct file *file, int64_t offset, int whence);
	/* Called when the last reference is gone. */
	void (*release)(struct file *file);
};

struct file {
	unsigned refs;     /* atomic */
	unsigned flags;    /* of open(2); F_SETFL changes some; atomic */
	uint64_t position; /* under `mutex` */
	struct mutex mutex;
	struct dentry *dentry; /* its name, with a reference */
	struct inode *inode;   /* with a reference */
	const struct file_ops *ops;
	void *data;                /* for `ops` */
	struct list_node watchers; /* of the part epoll, under its mutex */
	int counted; /* of the part attributes: in inode->writers, as 1 or -1 */
};

/*
 * Opens what a dentry names. Returns a file with one reference and without a
 * descriptor, or NULL and *error: -ENFILE (out of memory), -ENXIO (`ops`
 * is NULL), or what ops->open() returned. `flags` are those of open(2).
 */
struct file *file_open(struct dentry *dentry, const struct file_ops *ops,
		       unsigned flags, int *error);

static inline struct file *file_get(struct file *file)
{
	atomic_fetch_add(&file->refs, 1);
	return file;
}

/* Raised when open(2) has opened a file, and before a file is cut or extended
 * to a size. A part that refuses sets *error. */
HOOK_EVENT(file_opened, struct file *file, int *error);
HOOK_EVENT(file_resizes, const struct inode *inode, int *error);

/* Raised when the last reference to an open file is gone, before the file's
 * own release(). */
HOOK_EVENT(file_closed, struct file *file);

/* Drops a reference; NULL is ignored. Does not sleep if the file can be
 * mapped. */
void file_put(struct file *file);

/*
 * May the file be read or written, by the flags it was opened with? The access
 * mode plus 1 has bit 0 for reading and bit 1 for writing; mode 3 has neither.
 */
static inline bool file_readable(const struct file *file)
{
	return (file->flags + 1) & 1;
}

static inline bool file_writable(const struct file *file)
{
	return (file->flags + 1) & 2;
}

/*
 * Cuts `size` so that a write of the current task to a regular file at
 * `position` stays within RLIMIT_FSIZE and the largest size that there is.
 * Returns the size, or -EFBIG where nothing is left of it; a process that is
 * beyond its own limit gets SIGXFSZ, too.
 */
long file_limit_write(uint64_t position, size_t size);

/* Raised for a `whence` that the core does not know; *at is -EINVAL. A part that
 * knows it sets the file's position and *at. The file's mutex is held. */
HOOK_EVENT(file_seek, struct file *file, int64_t to, int whence, int64_t *at);

/* file_ops.seek for files with a size, and for devices, which ignore it. */
long file_seek_sized(struct file *file, int64_t offset, int whence);

#define FILES_MAX 1024 /* descriptors of a process: RLIMIT_NOFILE */

struct files {
	struct spinlock lock; /* RANK_FILES */
	unsigned refs;        /* one of each task that shares it; atomic */
	unsigned capacity;    /* slots in `slots` */
	unsigned limit;       /* RLIMIT_NOFILE, at most FILES_MAX */
	uint64_t size_limit;  /* RLIMIT_FSIZE, bytes */
	struct file_slot {
		struct file *file;
		bool close_on_exec;
	} *slots;
};

/* Both return NULL when out of memory. */
struct files *files_new(void);
struct files *files_copy(struct files *from); /* for fork */
void files_get(struct files *files);
void files_put(struct files *files); /* the last call closes all files */
void files_close_on_exec(struct files *files);

/* Raised when a descriptor no longer refers to `file`: it was closed, reused
 * by dup2(2), or its table ended. The file itself may stay open. */
HOOK_EVENT(descriptor_closed, struct files *files, struct file *file);

/* Raised for a command of fcntl(2) that the core does not know: only the part
 * whose command it is sets *result, which is -EINVAL before. And for F_SETFL,
 * where *result is 0 and a part may refuse. */
struct fcntl_call {
	int fd;
	struct file *file; /* what `fd` referred to, with a reference */
	unsigned command;
	uint64_t argument;
};
HOOK_EVENT(file_fcntl, const struct fcntl_call *call, long *result);

/* Raised for each ioctl(2), before the file is asked: *result is -ENOTTY, and
 * becomes the call's if a part sets another. */
HOOK_EVENT(file_ioctl, const struct fcntl_call *call, long *result);

/* The open file of a descriptor of the current task, with a reference, or NULL
 * (-EBADF); and the same of any table. */
struct file *fd_get(int fd);
struct file *files_get_file(struct files *files, int fd);

/*
 * Gives `file` the lowest free descriptor from `from` on. Takes over the
 * caller's reference, even on failure. Returns the descriptor, -EMFILE, -ENOMEM
 * or -EINVAL.
 */
int fd_install(struct file *file, int from, bool close_on_exec);

/* Closes a descriptor. Returns 0 or -EBADF. */
int fd_close(int fd);

/* dup2(2) and dup3(2) of two different descriptors. Returns `to`, -EBADF or
 * -ENOMEM. */
int fd_duplicate_to(int from, int to, bool close_on_exec);
int fd_flags(int fd); /* FD_CLOEXEC, 0 or -EBADF */
int fd_set_flags(int fd, bool close_on_exec);

/* The flags that stay after open(2): O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC and
 * O_CLOEXEC do not. */
#define FILE_FLAGS                                                        \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_ASYNC | \
	 O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME)

#endif
