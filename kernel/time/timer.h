/*
 * Timers: functions that run at a time to come, never early.  The CPU that
 * starts one has its interrupt come in time for it (tick.h).
 */
#ifndef KERNEL_TIME_TIMER_H
#define KERNEL_TIME_TIMER_H

#include "kernel/time/timer_queue.h"

/*
 * `function` runs in the timer's interrupt, interrupts off, no lock held: it
 * must not sleep, and may start its timer again.  `clock` is CLOCK_MONOTONIC
 * (BOOTTIME is the same), CLOCK_REALTIME or CLOCK_TAI.
 */
void timer_init(struct timer *timer, int clock,
		void (*function)(struct timer *timer));

/* Runs the function when the timer's clock shows `deadline`, however it was
 * set meanwhile. One that has been started already gets the new deadline. */
void timer_start(struct timer *timer, uint64_t deadline);

/*
 * Afterwards the timer is not started and its function is not running, on any
 * CPU: it may be freed. True: it had not run. Not from its own function.
 */
bool timer_cancel(struct timer *timer);

/* Runs what has expired; how long until the next one does (ns), UINT64_MAX for
 * never or when another CPU is at it. From the interrupt of each CPU. */
uint64_t timer_run(void);

#endif
