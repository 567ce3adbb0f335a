/*
 * Sleeping until a time: a timer that wakes a task, and sleep itself.
 */
#ifndef KERNEL_TIME_SLEEP_H
#define KERNEL_TIME_SLEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/time.h"
#include "kernel/sched/wait.h"
#include "kernel/time/timer.h"

struct task;

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
