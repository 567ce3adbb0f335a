/*
 * Sleeping with an end: a timer that wakes a task, and sleep itself.
 */
#ifndef KERNEL_TIME_SLEEP_H
#define KERNEL_TIME_SLEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/time.h"
#include "kernel/sched/wait.h"
#include "kernel/time/timer.h"

struct task;

/* Wakes the task that started it, at its deadline. Lives on that task's
 * stack. */
struct timeout {
	struct timer timer;
	struct task *task;
	bool expired; /* the deadline has come */
};

void timeout_start(struct timeout *timeout, int clock, uint64_t deadline);
void timeout_stop(struct timeout *timeout);

/* Why the current task must not sleep on: -ETIME, -EINTR; or 0. */
int timeout_ended(const struct timeout *timeout);

/*
 * Sleeps until `condition`: 0; -ETIME: `clock` (timer.h) came to `deadline`
 * first (ns; UINT64_MAX: never); or -EINTR: a signal came. Who makes the
 * condition true knows what to wake: a queue that was joined, or the task.
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

/* Sleeps until `deadline`. 0, or -EINTR: a signal came first. */
int sleep_until(int clock, uint64_t deadline);

#endif
