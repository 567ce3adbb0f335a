/*
 * Sleeping with an end: a timer that wakes a task, and sleep itself.
 */
#ifndef KERNEL_TIME_SLEEP_H
#define KERNEL_TIME_SLEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/time/timer.h"

struct task;

/* Wakes the task that started it. Lives on that task's stack. */
struct timeout {
	struct timer timer;
	struct task *task;
	bool expired; /* the deadline has come */
};

/*
 * From now on the current task is woken when CLOCK_MONOTONIC, or `clock`,
 * reaches `deadline` (ns; UINT64_MAX: never), whatever it waits for.
 * timeout_stop() is due before `timeout` goes.
 */
void timeout_start(struct timeout *timeout, uint64_t deadline);
void timeout_start_by(struct timeout *timeout, int clock, uint64_t deadline);
bool timeout_expired(const struct timeout *timeout);
void timeout_stop(struct timeout *timeout);

/* Sleeps until `deadline`. 0, or -EINTR: a signal came first. */
int sleep_until(uint64_t deadline);
int sleep_until_by(int clock, uint64_t deadline);

#endif
