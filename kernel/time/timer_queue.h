/*
 * The timers of one clock, in the order of their deadlines. It is a sorted
 * list: a tick looks at the first timer only, however many there are.
 */
#ifndef KERNEL_TIME_TIMER_QUEUE_H
#define KERNEL_TIME_TIMER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	uint64_t deadline; /* nanoseconds */
	int clock;         /* which the deadline is a time of: timer.h */
	void (*function)(struct timer *timer);

	/* The queue's; under the lock in timer.c. */
	bool queued;
	struct timer *previous, *next;
};

struct timer_queue {
	struct timer *first, *last; /* both are NULL when it is empty */
};

/* Adds a timer that is in no queue. */
void timer_queue_add(struct timer_queue *queue, struct timer *timer);

/* Removes a timer that is in this queue. */
void timer_queue_remove(struct timer_queue *queue, struct timer *timer);

#endif
