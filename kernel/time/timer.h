/*
 * Timers: functions that run when a clock comes to a time, and never before.
 * The CPU that starts a timer gets an interrupt in time for it (tick.h). And
 * sleep, which is a timer that wakes a task.
 */
#ifndef KERNEL_TIME_TIMER_H
#define KERNEL_TIME_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/time.h"
#include "kernel/sched/wait.h"
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

/* ---- Sleep ---- */

/* A timer that wakes the task that started it. It is on that task's stack. */
struct timeout {
	struct timer timer;
	struct task *task;
	bool expired; /* the deadline has passed */
};

/* A deadline of UINT64_MAX never passes. */
void timeout_start(struct timeout *timeout, int clock, uint64_t deadline);
void timeout_stop(struct timeout *timeout);

/* Returns why the current task must stop sleeping, -ETIME or -EINTR, or 0. */
int timeout_ended(const struct timeout *timeout);

/*
 * Sleeps until `condition` is true. Returns 0, or -ETIME if `clock` (timer.h)
 * came to `deadline` first (ns; UINT64_MAX: never), or -EINTR if a signal came.
 * The code that makes the condition true must wake the task, or a queue that it
 * has joined.
 */
#define sleep_event(condition, clock, deadline)                    \
	({                                                         \
		struct timeout timeout_;                           \
		int ended_;                                        \
                                                                   \
		timeout_start(&timeout_, clock, deadline);         \
		ended_ = sleep_loop(TASK_INTERRUPTIBLE, condition, \
				    timeout_ended(&timeout_));     \
		timeout_stop(&timeout_);                           \
		ended_;                                            \
	})

/* Sleeps until `deadline`. Returns 0, or -EINTR if a signal came first. */
int sleep_until(int clock, uint64_t deadline);

#endif
