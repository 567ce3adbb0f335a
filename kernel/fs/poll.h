/*
 * Waiting for several files at once. A file's poll operation first joins the
 * wait queues that are woken when its answer may change, then answers. The
 * caller sleeps until one of the queues wakes it, and asks again.
 */
#ifndef KERNEL_FS_POLL_H
#define KERNEL_FS_POLL_H

#include "kernel/fs/file.h"
#include "kernel/sched/wait.h"

#define POLL_QUEUES 2 /* of one file: a terminal has as many */

/* Places in the wait queues of one file. */
struct poll_table {
	/* Called when a queue is woken, as waiter.call in wait.h; if it is NULL, the
	 * task that joined is woken. */
	void (*wake)(struct poll_table *table);
	unsigned count;
	struct poll_place {
		struct poll_table *table;
		struct wait_queue *queue;
		struct waiter waiter;
	} places[POLL_QUEUES];
};

/* Begins with no places. */
static inline void poll_begin(struct poll_table *table,
			      void (*wake)(struct poll_table *table))
{
	table->wake = wake;
	table->count = 0;
}

/* For a file's poll operation: its answer may change when `queue` is woken.
 * `table` is NULL if the caller does not wait. */
void poll_wait(struct poll_table *table, struct wait_queue *queue);

/* Leaves all queues again. */
void poll_leave(struct poll_table *table);

struct poll_item {
	struct file *file; /* an item with NULL is skipped */
	unsigned wanted;   /* POLLIN ...; POLLERR and POLLHUP always count */
	unsigned found;
};

/*
 * Fills in `found` of each item and returns how many items have something.
 * Waits for the first one until `deadline`: nanoseconds of CLOCK_MONOTONIC,
 * UINT64_MAX for no end, 0 to ask without waiting. -EINTR, -ENOMEM.
 */
int poll_files(struct poll_item *items, unsigned count, uint64_t deadline);

#endif
