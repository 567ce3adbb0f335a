/*
 * How any part of the kernel adds files to /proc: a table that the linker
 * script collects.
 *
 *	static int show_beasts(struct sink *out, struct process *process)
 *	{
 *		sink_printf(out, "%d\n", 666);
 *		return 0;
 *	}
 *
 *	PROC_FILES(beast_files) = {
 *		{ .path = "sys/kernel/beasts", .mode = 0444,
 *		  .show = show_beasts },
 *	};
 *
 * The directories on a path need no entry. A path that begins with "PID/"
 * stands for a file of each process, "PID/task/TID/" for one of each thread. The
 * part procfs reads the tables; without it nothing
 * does, and they are a few unused bytes.
 */
#ifndef KERNEL_OPTIONAL_PROC_FILES_H
#define KERNEL_OPTIONAL_PROC_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dentry;
struct file_ops;
struct process;
struct sink; /* kernel/lib/printf.h */

/*
 * One file. `process` is the one whose directory the file is in, with a
 * reference for the time of the call; NULL for a file outside of PID/.
 */
struct proc_file {
	const char *path; /* "uptime", "sys/kernel/vnotb", "PID/maps" */
	uint32_t mode;    /* permissions */
	const char *text; /* the whole content, instead of `show` */
	/* Writes the whole content, at each open and rewind. 0 or -errno.
	 * NULL, and no `text`: the file cannot be read. */
	int (*show)(struct sink *out, struct process *process);
	/* Takes what one write(2) brought, ended by NUL and without blanks
	 * around it. 0 or -errno. NULL: the file cannot be written. */
	int (*store)(const char *words, struct process *process);
	/* The same for the files of a thread; `tid` 0 is the first one. */
	int (*show_thread)(struct sink *out, struct process *process, int tid);
	int (*store_thread)(const char *words, struct process *process,
			    int tid);
	/* Open only to those who may trace the process, and of no use to them
	 * once it executes another program. */
	bool ptrace;
	/* Operations of its own, instead of all of these. */
	const struct file_ops *ops;
	/* A symbolic link: returns the target's dentry with a reference; or
	 * NULL with *error 0, having put a path into `buffer`; or NULL and
	 * *error. */
	struct dentry *(*link)(struct process *process, char *buffer,
			       size_t size, int *error);
};

#define PROC_FILES(name)                     \
	static const struct proc_file name[] \
		__attribute__((section(".proc_files"), used, aligned(8)))

#endif
