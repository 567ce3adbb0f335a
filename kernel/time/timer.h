/*
 * Timers: functions that run when a clock comes to a time, and never before.
 * The CPU that starts a timer gets an interrupt in time for it (tick.h).
 */
#ifndef KERNEL_TIME_TIMER_H
#define KERNEL_TIME_TIMER_H

#include "kernel/time/timer_queue.h"

/*
 * Prepares a timer. `function` runs in the timer's interrupt, with interrupts
 * off and no lock held: it must not sleep, and may start its timer again.
 * `clock` is CLOCK_MONOTONIC (BOOTTIME is the same), CLOCK_REALTIME or
 * CLOCK_TAI.
 */
void timer_init(struct timer *timer, int clock,
		void (*function)(struct timer *timer));

/* Makes the function run when the timer's clock shows `deadline`, even if the
 * clock is set meanwhile. A timer that is started already gets the new
 * deadline. */
void timer_start(struct timer *timer, uint64_t deadline);

/*
 * Stops the timer. Afterwards its function does not run on any CPU, so that the
 * timer may be freed. Returns true if the function had not run. Not to be
 * called by the function itself.
 */
bool timer_cancel(struct timer *timer);

/*
 * Runs the timers that have expired, but only so many at once. Returns how long
 * (ns) until it must be called again: until the next timer expires, 0 if some
 * were left, UINT64_MAX if there is no timer or another CPU runs them. From the
 * timer's interrupt of each CPU.
 */
uint64_t timer_run(void);

#endif
