/* Sleeping with an end: see sleep.h. */
#include "kernel/time/sleep.h"

#include <stddef.h>

#include "kernel/abi/errno.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/types.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait.h"
#include "kernel/time/timekeeper.h"

static void timeout_fire(struct timer *timer)
{
	struct timeout *timeout = container_of(timer, struct timeout, timer);

	WRITE_ONCE(timeout->expired, true);
	sched_wake(timeout->task, WAKE_SLEEPING);
}

void timeout_start_by(struct timeout *timeout, int clock, uint64_t deadline)
{
	timer_init(&timeout->timer, clock, timeout_fire);
	timeout->task = current_task();
	timeout->expired = false;
	if (deadline != UINT64_MAX)
		timer_start(&timeout->timer, deadline);
}

void timeout_start(struct timeout *timeout, uint64_t deadline)
{
	timeout_start_by(timeout, CLOCK_MONOTONIC, deadline);
}

bool timeout_expired(const struct timeout *timeout)
{
	return READ_ONCE(timeout->expired);
}

void timeout_stop(struct timeout *timeout)
{
	timer_cancel(&timeout->timer);
}

int sleep_until_by(int clock, uint64_t deadline)
{
	struct timeout timeout;
	int error = 0;

	if (ktime_ns(clock) >= deadline)
		return 0;
	timeout_start_by(&timeout, clock, deadline);
	for (;;) {
		sched_set_state(TASK_INTERRUPTIBLE);
		if (timeout_expired(&timeout))
			break;
		if (task_interrupted()) {
			error = -EINTR;
			break;
		}
		schedule();
	}
	sched_set_state(TASK_RUNNABLE);
	timeout_stop(&timeout);
	return error;
}

int sleep_until(uint64_t deadline)
{
	return sleep_until_by(CLOCK_MONOTONIC, deadline);
}
