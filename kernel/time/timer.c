/*
 * The machine's timers: one queue for all CPUs, and its lock.
 */
#include "kernel/time/timer.h"

#include <stddef.h>

#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/time/timekeeper.h"

static struct spinlock lock = SPINLOCK_INIT(RANK_TIMER);
static struct timer_queue queue; /* under `lock` */
static struct timer *running;    /* its function runs; under `lock` */

void timer_init(struct timer *timer, void (*function)(struct timer *timer))
{
	*timer = (struct timer){ .function = function };
}

void timer_start(struct timer *timer, uint64_t deadline)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	if (timer->queued)
		timer_queue_remove(&queue, timer);
	timer->deadline = deadline;
	timer_queue_add(&queue, timer);
	spin_unlock_irqrestore(&lock, flags);
}

/* Takes the timer out; true when it was in. */
static bool timer_stop(struct timer *timer, bool *is_running)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	bool queued = timer->queued;

	if (queued)
		timer_queue_remove(&queue, timer);
	*is_running = running == timer;
	spin_unlock_irqrestore(&lock, flags);
	return queued;
}

bool timer_cancel(struct timer *timer)
{
	bool queued, is_running;

	/* a function that runs may start its timer again: look until not */
	queued = timer_stop(timer, &is_running);
	while (is_running) {
		cpu_relax();
		queued |= timer_stop(timer, &is_running);
	}
	return queued;
}

/* Takes out the next timer that has expired, or NULL. */
static struct timer *take_expired(uint64_t now)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	struct timer *timer = queue.first;

	if (timer && timer->deadline > now)
		timer = NULL;
	if (timer)
		timer_queue_remove(&queue, timer);
	running = timer;
	spin_unlock_irqrestore(&lock, flags);
	return timer;
}

/* One CPU at a time, so that `running` is one timer: the others' ticks find
 * nothing to do meanwhile. */
void timer_run(void)
{
	static bool busy;
	struct timer *timer;

	if (!READ_ONCE(queue.first) || atomic_exchange(&busy, true))
		return;
	uint64_t now = ktime_monotonic_ns();
	while ((timer = take_expired(now)))
		timer->function(timer);
	smp_store_release(&busy, false);
}
