/*
 * A queue of timers in the order of their deadlines. It is a pairing heap: its
 * first timer is the next to expire; adding one costs one comparison, removing
 * one costs the logarithm of their number. So a tick costs the same with one
 * sleeping task and with a thousand. The lock and the clocks are in timer.c.
 */
#ifndef KERNEL_TIME_TIMER_QUEUE_H
#define KERNEL_TIME_TIMER_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	uint64_t deadline; /* nanoseconds */
	int clock;         /* which the deadline is a time of: timer.h */
	void (*function)(struct timer *timer);

	/* The heap's; under the queue's lock. */
	bool queued;
	struct timer *child;     /* the first of those that expire later */
	struct timer *next;      /* child of the same parent, or NULL */
	struct timer **previous; /* the pointer that leads here */
};

struct timer_queue {
	struct timer *first; /* NULL: empty */
};

/* Adds a timer that is in no queue. */
void timer_queue_add(struct timer_queue *queue, struct timer *timer);

/* Removes a timer that is in this queue. */
void timer_queue_remove(struct timer_queue *queue, struct timer *timer);

#endif
