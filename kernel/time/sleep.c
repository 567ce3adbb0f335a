/* Sleeping until a time: see sleep.h. */
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

void timeout_start(struct timeout *timeout, int clock, uint64_t deadline)
{
	timer_init(&timeout->timer, clock, timeout_fire);
	timeout->task = current_task();
	timeout->expired = false;
	if (deadline == UINT64_MAX)
		return;
	if (deadline <= ktime_ns(clock))
		timeout->expired = true;
	else
		timer_start(&timeout->timer, deadline);
}

void timeout_stop(struct timeout *timeout)
{
	timer_cancel(&timeout->timer);
}

int timeout_ended(const struct timeout *timeout)
{
	if (READ_ONCE(timeout->expired))
		return -ETIME;
	return task_interrupted() ? -EINTR : 0;
}

int sleep_until(int clock, uint64_t deadline)
{
	int ended = sleep_event(false, clock, deadline);

	return ended == -ETIME ? 0 : ended;
}
