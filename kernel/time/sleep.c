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

void timeout_start(struct timeout *timeout, uint64_t deadline)
{
	timer_init(&timeout->timer, timeout_fire);
	timeout->task = current_task();
	timeout->expired = false;
	if (deadline != UINT64_MAX)
		timer_start(&timeout->timer, deadline);
}

bool timeout_expired(const struct timeout *timeout)
{
	return READ_ONCE(timeout->expired);
}

void timeout_stop(struct timeout *timeout)
{
	timer_cancel(&timeout->timer);
}

/* `times_set` NULL: it does not matter. */
static int sleep(uint64_t deadline, const uint32_t *times_set)
{
	struct timeout timeout;
	int error = 0;

	timeout_start(&timeout, deadline);
	for (;;) {
		sched_set_state(TASK_INTERRUPTIBLE);
		if (timeout_expired(&timeout) ||
		    (times_set && ktime_times_set() != *times_set))
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
	return sleep(deadline, NULL);
}

int sleep_until_or_set(uint64_t deadline, uint32_t times_set)
{
	struct waiter waiter;
	int error;

	wait_join(&ktime_set_queue, &waiter);
	error = sleep(deadline, &times_set);
	wait_leave(&ktime_set_queue, &waiter);
	return error;
}
