/*
 * Open files, and the tables of file descriptors that tasks share.
 *
 * What a filesystem needs from the layer of processes it calls through
 * file_hooks, which that layer fills in at boot.
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

struct area;
struct area_ops;
struct file;
struct poll_table;

extern struct file_hooks {
	/* Sends the current task a signal (SIGPIPE). */
	void (*signal_self)(int signo);
	/* RLIMIT_FSIZE of the current process, in bytes. */
	uint64_t (*size_limit)(void);
} file_hooks;

/* Takes one entry; `mode` holds its type. False: no room for it. */
typedef bool readdir_emit(void *context, const char *name, uint64_t inode,
			  uint32_t mode);

/*
 * A file's operations. User addresses go through uaccess; no lock is held but
 * what is said. A NULL entry means what the system call's manual page says for
 * such a file (-EINVAL, -ENOTTY, -ESPIPE …).
 */
struct file_ops {
	/* Called at open, before the file can be seen; 0 or -errno. */
	int (*open)(struct file *file);
	/* Bytes, 0 at the end, or -errno. `*position` is the file's own, or
	 * pread's; advanced by what was done. */
	long (*read)(struct file *file, uaddr_t to, size_t size,
		     uint64_t *position);
	long (*write)(struct file *file, uaddr_t from, size_t size,
		      uint64_t *position);
	/* Calls emit() for the entries from *position on, which is 2 or more
	 * ("." and ".." are the caller's), until it returns false; *position
	 * is then that entry's. The directory's mutex is held. 0 or -errno. */
	int (*readdir)(struct file *file, readdir_emit *emit, void *context,
		       uint64_t *position);
	long (*ioctl)(struct file *file, unsigned request, uaddr_t argument);
	/* POLLIN … that hold now; joins the table's queues first. */
	unsigned (*poll)(struct file *file, struct poll_table *table);
	/* Reads into kernel memory (exec); bytes or -errno. ramfs only. */
	long (*read_kernel)(struct file *file, void *to, size_t size,
			    uint64_t position);
	/* Says which area_ops map the file; the area's object is the file,
	 * with a reference. NULL: -ENODEV. */
	const struct area_ops *map_ops;
	/* lseek(2). NULL: a stream, without a position (-ESPIPE). */
	long (*seek)(struct file *file, int64_t offset, int whence);
	/* The last reference is gone. */
	void (*release)(struct file *file);
};

struct file {
	unsigned refs;     /* atomic */
	unsigned flags;    /* O_…; F_SETFL changes some, atomic */
	uint64_t position; /* under `mutex` */
	struct mutex mutex;
	struct dentry *dentry; /* its name, with a reference */
	struct inode *inode;   /* with a reference */
	const struct file_ops *ops;
	void *data;                /* the ops' own */
	struct list_node watchers; /* of the part epoll, under its mutex */
};

/*
 * A file without a descriptor, with one reference: what open(2) makes of a
 * dentry. Gets references of its own; `flags` are O_…, of which creation flags
 * are dropped. NULL and *error: -ENFILE (memory is full), -ETXTBSY, or what
 * ops->open said.
 */
struct file *file_open(struct dentry *dentry, const struct file_ops *ops,
		       unsigned flags, int *error);
struct file *file_get(struct file *file);

/* A file that never had a name (eventfd …), shown as `name`, with `data`; NULL
 * and *error. */
struct file *file_open_nameless(const char *name, const struct file_ops *ops,
				unsigned flags, void *data, int *error);

/* Raised when the last reference to an open file is gone, before the file's
 * own release(). */
HOOK_EVENT(file_closed, struct file *file);

/* NULL is ignored. Does not sleep for a file that can be mapped. */
void file_put(struct file *file);

/*
 * May the file be read or written, by its O_ACCMODE and O_PATH? The access mode
 * plus 1 has bit 0 for reading and bit 1 for writing; 3 asks for neither.
 */
static inline bool file_readable(const struct file *file)
{
	return (file->flags + 1) & 1 && !(file->flags & O_PATH);
}

static inline bool file_writable(const struct file *file)
{
	return (file->flags + 1) & 2 && !(file->flags & O_PATH);
}

/*
 * Forbids opening for writing (a program that runs), and allows it again.
 * 0, or -ETXTBSY: somebody has it open for writing.
 */
int file_deny_write(struct file *file);
void file_allow_write(struct file *file);

/*
 * Cuts `size` so that a write of the current task to a regular file at
 * `position` stays within RLIMIT_FSIZE and the largest size that there is.
 * Returns the size, or -EFBIG where nothing is left of it; a process that is
 * beyond its own limit gets SIGXFSZ, too.
 */
long file_limit_write(uint64_t position, size_t size);

/* For area_ops of areas whose object is a file: open, close, name, identity. */
void file_map_open(struct area *area);
void file_map_close(struct area *area);
const char *file_map_name(struct area *area, char *buffer, size_t size);
void file_map_identity(struct area *area, uint64_t *device, uint64_t *inode);

/* lseek() for files with a size; and for devices that do not care. */
long file_seek_sized(struct file *file, int64_t offset, int whence);
long file_seek_nowhere(struct file *file, int64_t offset, int whence);

#define FILES_MAX 1024 /* descriptors of a process: RLIMIT_NOFILE */

struct files {
	struct spinlock lock; /* RANK_FILES */
	unsigned refs;        /* tasks that share it, nobody else; atomic */
	unsigned capacity;    /* slots in `slots` */
	unsigned limit;       /* RLIMIT_NOFILE, at most FILES_MAX */
	struct file_slot {
		struct file *file;
		bool close_on_exec;
	} *slots;
};

struct files *files_new(void);
struct files *files_copy(struct files *from); /* fork; NULL: full */
void files_get(struct files *files);
void files_put(struct files *files); /* the last one closes all */
void files_close_on_exec(struct files *files);

/* Raised when a descriptor no longer refers to `file`: it was closed, reused
 * by dup2(2), or its table ended. The file itself may stay open. */
HOOK_EVENT(descriptor_closed, struct files *files, struct file *file);

/* Raised for a command of fcntl(2) that the core does not know. Only the part
 * whose command it is sets *result, which is -EINVAL before. */
struct fcntl_call {
	int fd;
	struct file *file; /* what `fd` referred to, with a reference */
	unsigned command;
	uint64_t argument;
};
HOOK_EVENT(file_fcntl, const struct fcntl_call *call, long *result);

/* The open file of a descriptor of the current task, with a reference; NULL:
 * -EBADF. The first form passes over O_PATH files, which are only a name. */
struct file *fd_get(int fd);
struct file *fd_get_any(int fd);

/*
 * The lowest free descriptor from `from` on, for `file`, whose reference it
 * takes over also when it fails. -EMFILE, -ENOMEM, -EINVAL.
 */
int fd_install(struct file *file, int from, bool close_on_exec);

int fd_close(int fd); /* 0 or -EBADF */

/* dup2(2) and dup3(2) of two different descriptors: `to`, or -EBADF,
 * -ENOMEM. */
int fd_duplicate_to(int from, int to, bool close_on_exec);
int fd_flags(int fd); /* FD_CLOEXEC or 0; -EBADF */
int fd_set_flags(int fd, bool close_on_exec);

/* For /proc: a descriptor of any table, with a reference, or NULL; and the
 * smallest open one from `fd` on, or -1. */
struct file *files_get_file(struct files *files, int fd);
int files_next(struct files *files, int fd);

/* What O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC … leave in a file's flags. */
#define FILE_FLAGS                                                        \
	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_ASYNC | \
	 O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME |  \
	 O_PATH)

#endif
