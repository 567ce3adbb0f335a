/*
 * /proc, in which each subsystem registers its own files: procfs knows names
 * and text, the subsystem knows what to say.
 */
#ifndef KERNEL_FS_PROCFS_H
#define KERNEL_FS_PROCFS_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/fs/inode.h"
#include "kernel/lib/types.h"

struct file;
struct file_ops;
struct process;
struct text; /* a growing text */

/* Add to it: bytes (a process's auxv), or what a format says. */
void text_write(struct text *text, const void *bytes, size_t size);
void text_printf(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * One file. `show` writes the whole text, once for each open and rewind; 0 or
 * -errno. `store` takes what one write(2) brought, NUL-ended; 0 or -errno.
 * For the files of a process `process` is whose directory it is (with a
 * reference for the time of the call), else NULL. Either may be NULL; a file
 * with `ops` instead has its own operations (mem), and one with `link` is a
 * symbolic link: the target's dentry with a reference, or NULL and *error 0
 * with a text in `buffer`, or NULL and *error.
 */
struct proc_file {
	const char *path; /* "uptime", "sys/kernel/vnotb", "PID/maps" */
	uint32_t mode;    /* permissions */
	const char *text; /* all that there is to say, instead of `show` */
	int (*show)(struct text *text, struct process *process);
	int (*store)(const char *words, struct process *process);
	const struct file_ops *ops;
	struct dentry *(*link)(struct process *process, char *buffer,
			       size_t size, int *error);
};

/* For a store(): a number alone, blanks around it apart. 0, -EINVAL, -ERANGE. */
int words_number(const char *words, long *number);

/* Adds files, and the directories on their paths. Boot only. */
void procfs_register(const struct proc_file *files, size_t count);

/*
 * What a process is, is process/'s to say; it hands this down.
 * find: the process with that number, with a reference, or NULL.
 * next: the smallest number above `pid` that is in use, or 0.
 * self: the current task's process number.
 */
extern struct procfs_hooks {
	struct process *(*find)(int pid);
	int (*next)(int pid);
	int (*self)(void);
	void (*put)(struct process *process);
	/* descriptors for fd/: the file with a reference, or NULL; the
	 * smallest open descriptor from `fd` on, or -1 */
	struct file *(*file)(struct process *process, int fd);
	int (*next_file)(struct process *process, int fd);
	/* owner of the directory */
	void (*owner)(struct process *process, uint32_t *uid, uint32_t *gid);
} procfs_hooks;

/* /proc itself, its root, and the files of it that are fs/'s. */
struct dentry *procfs_init(void);

/* The kernel's command line, for /proc/cmdline; stays where it is. */
void procfs_set_cmdline(const char *cmdline);

/* The process that a file of procfs with `ops` belongs to, with a reference,
 * or NULL: it is gone. */
struct process *procfs_process(struct file *file);

#endif
