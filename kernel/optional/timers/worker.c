/* The task that runs what interrupts leave: see worker.h. */
#include "kernel/optional/timers/worker.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/sched/wait.h"

static struct spinlock lock = SPINLOCK_INIT(RANK_TIMER);
static struct list_node queue = LIST_INIT(queue);
static struct work *running;
static struct wait_queue waiting = {
	SPINLOCK_INIT(RANK_WAIT),
	LIST_INIT(waiting.waiters),
};

void work_init(struct work *work, void (*function)(struct work *work))
{
	*work = (struct work){ .function = function };
}

void work_start(struct work *work)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	if (!work->queued)
		list_add_tail(&work->node, &queue);
	work->queued = true;
	spin_unlock_irqrestore(&lock, flags);
	wake_all(&waiting);
}

void work_cancel(struct work *work)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	if (work->queued)
		list_remove(&work->node);
	work->queued = false;
	spin_unlock_irqrestore(&lock, flags);
	while (READ_ONCE(running) == work)
		sched_yield();
}

static struct work *take(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	struct work *work = list_first(&queue, struct work, node);

	if (work) {
		list_remove(&work->node);
		work->queued = false;
	}
	WRITE_ONCE(running, work);
	spin_unlock_irqrestore(&lock, flags);
	return work;
}

static void worker_task(void *unused)
{
	struct work *work;

	(void)unused;
	sched_finish_switch();
	irq_enable();
	for (;;) {
		while ((work = take())) {
			work->function(work);
			sched_point(); /* it has a time slice, as all have */
		}
		wait_event_uninterruptible(&waiting, !list_empty(&queue));
	}
}

static void worker_init(void)
{
	struct task *task = task_new(worker_task, NULL);

	if (!task)
		give_up("there is not enough memory for the kernel's worker");
	strscpy(task->name, "worker", sizeof(task->name));
	sched_start(task);
}
HOOK(boot, worker_init);
