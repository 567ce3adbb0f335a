/* Wait queues and mutexes: see wait.h, mutex.h. */
#include "kernel/sched/wait.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/lib/atomic.h"
#include "kernel/sched/mutex.h"

void wait_queue_init(struct wait_queue *queue)
{
	queue->lock = SPINLOCK_INIT(RANK_WAIT);
	list_init(&queue->waiters);
}

void wait_join(struct wait_queue *queue, struct waiter *waiter)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	waiter->task = current_task();
	list_add_tail(&waiter->node, &queue->waiters);
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wait_leave(struct wait_queue *queue, struct waiter *waiter)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	list_remove(&waiter->node);
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* Returns whether a sleeper has been woken. */
static bool wake_waiter(struct waiter *waiter)
{
	if (!waiter->call)
		return sched_wake(waiter->task, WAKE_SLEEPING);
	waiter->call(waiter);
	return false;
}

static void wake(struct wait_queue *queue, bool one)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);
	struct waiter *waiter;

	list_for_each_entry (waiter, &queue->waiters, node)
		if (wake_waiter(waiter) && one)
			break;
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wake_all(struct wait_queue *queue)
{
	wake(queue, false);
}

void wake_one(struct wait_queue *queue)
{
	wake(queue, true);
}

void mutex_init(struct mutex *mutex)
{
	mutex->held = false;
	mutex->owner = NULL;
	wait_queue_init(&mutex->queue);
}

void mutex_wait(struct mutex *mutex)
{
	wait_event_uninterruptible(&mutex->queue, mutex_try_lock(mutex));
}

void mutex_hand_on(struct mutex *mutex)
{
	wake_one(&mutex->queue);
}
