/*
 * Pipes: a ring of pages between the ends that write and those that read. A
 * named pipe is the same, opened by its name (kernel/optional/names/fifo.c).
 */
#ifndef KERNEL_FS_PIPE_H
#define KERNEL_FS_PIPE_H

#include "kernel/fs/file.h"
#include "kernel/lib/types.h"
#include "kernel/sched/wait.h"

#define PIPE_SIZE  65536 /* bytes that a new pipe holds, as on Linux */
#define PIPE_PAGES (PIPE_SIZE / PAGE_SIZE)

/* Changed under `mutex`. A task that waits looks at the counts without it, and
 * looks again under it before it acts. */
struct pipe {
	struct mutex mutex;
	size_t size;                 /* of the ring in bytes: a power of two */
	size_t start;                /* offset of the first byte in the ring */
	size_t count;                /* bytes in it */
	unsigned readers, writers;   /* ends that are open */
	struct wait_queue not_empty; /* readers, a fifo's open(2) */
	struct wait_queue not_full;  /* writers, a fifo's open(2) */
	paddr_t *pages;              /* of the ring; got when first needed */
	paddr_t few[PIPE_PAGES];     /* `pages` before the size is changed */

	/* Of the part names: how many ends of a fifo were ever opened. */
	unsigned readers_ever, writers_ever;
};

/* Makes a pipe: ends[0] reads, ends[1] writes; `flags` has O_NONBLOCK or not.
 * Returns 0 or -errno. */
int pipe_create(struct file *ends[2], unsigned flags);

/* A pipe without ends, or NULL when out of memory. pipe_free() ends it. */
struct pipe *pipe_new(void);
void pipe_free(struct pipe *pipe);

/* The operations of an end. pipe_open() adds an end to the pipe in
 * file->inode->data, which must not be NULL. */
int pipe_open(struct file *file);
void pipe_release(struct file *file);
long pipe_read(struct file *file, uaddr_t to, size_t size, uint64_t *position);
long pipe_write(struct file *file, uaddr_t from, size_t size,
		uint64_t *position);
long pipe_ioctl(struct file *file, unsigned request, uaddr_t argument);
unsigned pipe_poll(struct file *file, struct poll_table *table);

/* What open(2) gives for a named pipe; NULL (-ENXIO) without the part. */
extern const struct file_ops *fifo_file_ops;

#endif
