/*
 * The machine's timers: a queue for each clock, and one lock for all. And sleep
 * until a time.
 */
#include "kernel/time/timer.h"

#include <stddef.h>

#include "kernel/abi/errno.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/types.h"
#include "kernel/sched/sched.h"
#include "kernel/time/tick.h"
#include "kernel/time/timekeeper.h"

/* An interrupt runs so many timers at most and leaves the rest to the next one,
 * so that programs get on in between however many timers expire. */
#define MOST_AT_ONCE 64

static struct spinlock lock = SPINLOCK_INIT(RANK_TIMER);
static struct timer *running; /* its function runs; under `lock` */

/* When a clock is set its queue stays in order, so each clock has its own. */
static const int clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_TAI };
static struct timer_queue queues[ARRAY_SIZE(clocks)]; /* under `lock` */

static struct timer_queue *queue_of(const struct timer *timer)
{
	return &queues[timer->clock == CLOCK_REALTIME ? 1
		       : timer->clock == CLOCK_TAI    ? 2
						      : 0];
}

void timer_init(struct timer *timer, int clock,
		void (*function)(struct timer *timer))
{
	*timer = (struct timer){ .clock = clock, .function = function };
}

void timer_start(struct timer *timer, uint64_t deadline)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	if (timer->queued)
		timer_queue_remove(queue_of(timer), timer);
	timer->deadline = deadline;
	timer_queue_add(queue_of(timer), timer);
	if (queue_of(timer)->first == timer)
		tick_hurry(timer->clock, deadline);
	spin_unlock_irqrestore(&lock, flags);
}

/* Takes the timer out of its queue. Returns true if it was in. */
static bool timer_stop(struct timer *timer, bool *is_running)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	bool queued = timer->queued;

	if (queued)
		timer_queue_remove(queue_of(timer), timer);
	*is_running = running == timer;
	spin_unlock_irqrestore(&lock, flags);
	return queued;
}

bool timer_cancel(struct timer *timer)
{
	bool queued, is_running;

	/* while the function runs it may start its timer again: repeat */
	queued = timer_stop(timer, &is_running);
	while (is_running) {
		cpu_relax();
		queued |= timer_stop(timer, &is_running);
	}
	return queued;
}

/* Takes out and returns a timer that has expired. Returns NULL if none has, and
 * sets `*left` to the nanoseconds until the next one does. */
static struct timer *take_expired(struct timer_queue *queue, uint64_t now,
				  uint64_t *left)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	struct timer *timer = queue->first;

	*left = !timer                  ? UINT64_MAX
		: timer->deadline > now ? timer->deadline - now
					: 0;
	if (*left)
		timer = NULL;
	if (timer)
		timer_queue_remove(queue, timer);
	running = timer;
	spin_unlock_irqrestore(&lock, flags);
	return timer;
}

/* Runs what has expired of one queue, but not more than `*most`, of which it
 * takes off what it ran. Returns as timer_run(). */
static uint64_t run_queue(struct timer_queue *queue, int clock, int *most)
{
	struct timer *timer;
	uint64_t now, left;

	if (!READ_ONCE(queue->first))
		return UINT64_MAX;
	now = ktime_ns(clock);
	while ((timer = take_expired(queue, now, &left))) {
		timer->function(timer);
		if (--*most <= 0)
			return 0;
	}
	return left;
}

/* Only one CPU at a time does this, so that `running` is one timer. */
uint64_t timer_run(void)
{
	static bool busy;
	uint64_t left = UINT64_MAX;
	int most = MOST_AT_ONCE;

	if (atomic_exchange(&busy, true))
		return left;
	for (unsigned i = 0; i < ARRAY_SIZE(clocks); i++)
		left = MIN(left, run_queue(&queues[i], clocks[i], &most));
	smp_store_release(&busy, false);
	return left;
}

/* ---- Sleep ---- */

/* Wakes the task whose time has come. */
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
