/*
 * Work that an interrupt leaves to a task, the worker: it runs soon, with
 * interrupts on, one piece after the other.
 */
#ifndef KERNEL_OPTIONAL_TIMERS_WORKER_H
#define KERNEL_OPTIONAL_TIMERS_WORKER_H

#include <stdbool.h>

#include "kernel/lib/list.h"

struct work {
	struct list_node node; /* all under the worker's lock */
	bool queued;
	void (*function)(struct work *work);
};

void work_init(struct work *work, void (*function)(struct work *work));

/* The worker will run the function once more. Any context. */
void work_start(struct work *work);

/* Afterwards the function neither runs nor will run. The caller holds no lock
 * that the function takes. */
void work_cancel(struct work *work);

#endif
