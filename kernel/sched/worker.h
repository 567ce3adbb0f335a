/*
 * Work that an interrupt leaves to a task: it runs soon, with interrupts on,
 * one piece after the other.
 */
#ifndef KERNEL_SCHED_WORKER_H
#define KERNEL_SCHED_WORKER_H

#include <stdbool.h>

#include "kernel/lib/list.h"

struct work {
	struct list_node node; /* all under the worker's lock */
	bool queued;
	void (*function)(struct work *work);
};

/* Starts the task. */
void worker_init(void);

void work_init(struct work *work, void (*function)(struct work *work));

/* Runs the function once more, unless it is to run anyway. Any context. */
void work_start(struct work *work);

/* Afterwards the function neither runs nor will run. No lock held that it
 * takes. */
void work_cancel(struct work *work);

#endif
