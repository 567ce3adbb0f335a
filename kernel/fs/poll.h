/*
 * Waiting for several files at once. A file's poll operation names the queues
 * on which changes are told, then says what holds now; the caller sleeps until
 * one of the queues wakes him, and asks again.
 */
#ifndef KERNEL_FS_POLL_H
#define KERNEL_FS_POLL_H

#include "kernel/fs/file.h"
#include "kernel/sched/wait.h"

struct poll_item {
	struct file *file; /* NULL: skipped */
	unsigned wanted;   /* POLLIN …; POLLERR and POLLHUP come unasked */
	unsigned found;
};

/* Who asks, and wants to be in the queues that a file names. */
struct poll_table {
	void (*join)(struct poll_table *table, struct wait_queue *queue);
};

/* For a file's poll operation: a wake-up of `queue` may change the answer.
 * `table` is NULL for who does not wait. */
void poll_wait(struct poll_table *table, struct wait_queue *queue);

/*
 * Fills in `found` of each item and returns how many have something; waits
 * for the first until `deadline` (CLOCK_MONOTONIC, ns; UINT64_MAX:
 * for ever). -EINTR, -ENOMEM.
 */
int poll_files(struct poll_item *items, unsigned count, uint64_t deadline);

#endif
