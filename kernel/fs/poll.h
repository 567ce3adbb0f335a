/*
 * Waiting for several files at once. A file's poll operation first joins the
 * wait queues that are woken when its answer may change, then answers. The
 * caller sleeps until one of the queues wakes it, and asks again.
 */
#ifndef KERNEL_FS_POLL_H
#define KERNEL_FS_POLL_H

#include "kernel/fs/file.h"
#include "kernel/sched/wait.h"

struct poll_item {
	struct file *file; /* NULL: the item is skipped */
	unsigned wanted;   /* POLLIN …; POLLERR and POLLHUP need no asking */
	unsigned found;
};

/* A caller that wants to be woken: join() gets each queue of a file. */
struct poll_table {
	void (*join)(struct poll_table *table, struct wait_queue *queue);
};

/* For a file's poll operation: its answer may change when `queue` is woken.
 * `table` is NULL if the caller does not wait. */
void poll_wait(struct poll_table *table, struct wait_queue *queue);

/*
 * Fills in `found` of each item and returns how many items have something.
 * Waits for the first one until `deadline`: nanoseconds of CLOCK_MONOTONIC,
 * UINT64_MAX for no end, 0 to ask without waiting. -EINTR, -ENOMEM.
 */
int poll_files(struct poll_item *items, unsigned count, uint64_t deadline);

#endif
