/*
 * One run queue, first come first served, a turn of a few ticks. A task whose
 * turn ends goes to the tail; one that wakes does too, with a fresh turn.
 *
 * A switch is begun under the queue's lock by the old task and ended, the lock
 * released, by the new one: so no other CPU takes up a task before it has left
 * its stack.
 */
#include "kernel/sched/sched.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/space.h"
#include "kernel/sched/wait.h"

#define SLICE_TICKS 5 /* 20 ms at 250 Hz */

static struct spinlock lock = SPINLOCK_INIT(RANK_RUN);
static struct list_node queue = LIST_INIT(queue);
static unsigned runnable; /* in the queue or on a CPU, idle ones apart */
static uint64_t switches;
static struct task boot_task; /* becomes the first CPU's idle task */

void sched_init(void *stack)
{
	struct cpu *cpu = this_cpu();
	struct task *idle = &boot_task;

	context_adopt(&idle->context, stack);
	idle->stack = stack;
	list_init(&idle->run);
	idle->state = TASK_RUNNABLE;
	idle->on_cpu = true;
	idle->cpu = cpu->id;
	cpu->idle = idle;
	cpu->current = &idle->context;
	cpu->kernel_rsp = idle->context.stack_top;
}

/* The next task to run; removed from the queue. Lock held. */
static struct task *pick(void)
{
	struct task *task = list_first(&queue, struct task, run);

	if (!task)
		return this_cpu()->idle;
	list_remove(&task->run);
	return task;
}

void sched_finish_switch(void)
{
	spin_unlock(&lock);
}

static void switch_to(struct task *from, struct task *to)
{
	switches++;
	to->on_cpu = true;
	to->cpu = this_cpu()->id;
	to->slice = SLICE_TICKS;
	context_leave(&from->context);
	context_enter(&to->context);
	if (to->space)
		space_activate(to->space);
	context_switch(&from->context, &to->context);
	/* here again, much later: `from` is what runs now */
}

/* Lock held, interrupts off; both are released. */
static void schedule_locked(void)
{
	struct task *from = current_task(), *to;

	context_clear_work(&from->context, WORK_RESCHEDULE);
	if (from->state == TASK_RUNNABLE) {
		if (from != this_cpu()->idle)
			list_add_tail(&from->run, &queue);
	} else {
		runnable--;
	}
	to = pick();
	if (to != from) {
		from->on_cpu = false;
		switch_to(from, to);
	}
	sched_finish_switch();
}

void schedule(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	schedule_locked();
	irq_restore(flags);
}

/* Lock held. */
static void enqueue(struct task *task)
{
	task->state = TASK_RUNNABLE;
	runnable++;
	list_add_tail(&task->run, &queue);
}

/* A task between setting its state and schedule() is not asleep yet: it is
 * still on its CPU and only has to stay awake. Lock held. */
static void wake_locked(struct task *task)
{
	if (task->on_cpu)
		task->state = TASK_RUNNABLE;
	else
		enqueue(task);
}

bool sched_wake(struct task *task, unsigned states)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	bool asleep = states >> task->state & 1;

	if (asleep)
		wake_locked(task);
	spin_unlock_irqrestore(&lock, flags);
	return asleep;
}

void sched_start(struct task *task)
{
	sched_wake(task, WAKE_SLEEPING);
}

void sched_set_state(enum task_state state)
{
	struct task *task = current_task();
	uint64_t flags = spin_lock_irqsave(&lock);

	/* under the lock, so that a waker sees it before the sleeper tests
	 * its condition */
	task->state = state;
	spin_unlock_irqrestore(&lock, flags);
}

void sched_yield_cpu(void)
{
	schedule();
}

void sched_point(void)
{
	if (READ_ONCE(current_task()->context.work) & WORK_RESCHEDULE)
		schedule();
}

void sched_tick(bool user)
{
	struct task *task = current_task();

	if (task == this_cpu()->idle)
		return;
	if (user)
		task->user_ticks++;
	else
		task->kernel_ticks++;
	if (task->slice && --task->slice == 0 && !list_empty(&queue))
		context_set_work(&task->context, WORK_RESCHEDULE);
}

void sched_exit(void)
{
	spin_lock_irqsave(&lock);
	current_task()->state = TASK_DEAD;
	schedule_locked();
	panic("a dead task runs");
}

void sched_wait_off_cpu(struct task *task)
{
	while (READ_ONCE(task->on_cpu))
		cpu_relax();
	/* the switch away from its stack ends with the lock */
	spin_unlock_irqrestore(&lock, spin_lock_irqsave(&lock));
}

void sched_idle(void)
{
	for (;;) {
		irq_disable();
		if (list_empty(&queue))
			irq_enable_and_halt();
		else
			schedule();
		irq_enable();
	}
}

unsigned sched_runnable_count(void)
{
	return READ_ONCE(runnable);
}

uint64_t sched_switch_count(void)
{
	return READ_ONCE(switches);
}
