/*
 * Timers in the order of their deadlines: a pairing heap, whose first is the
 * next to expire.  Adding is one comparison, taking out a logarithm of them,
 * so a tick costs the same at one and at a thousand sleepers.
 * No lock and no clock; both are timer.c's.
 */
#ifndef KERNEL_TIME_TIMER_QUEUE_H
#define KERNEL_TIME_TIMER_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	uint64_t deadline; /* nanoseconds */
	int clock;         /* ... of this one: timer.h */
	void (*function)(struct timer *timer);

	/* The heap's; under the queue's lock. */
	bool queued;
	struct timer *child;     /* first of those not earlier than this */
	struct timer *next;      /* child of the same parent, or NULL */
	struct timer **previous; /* the pointer that leads here */
};

struct timer_queue {
	struct timer *first; /* NULL: empty */
};

/* `timer` is in no queue. */
void timer_queue_add(struct timer_queue *queue, struct timer *timer);

/* `timer` is in this queue. */
void timer_queue_remove(struct timer_queue *queue, struct timer *timer);

#endif
