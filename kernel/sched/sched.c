/*
 * The scheduler. Each CPU has a run queue, first come first served, and each
 * task a time slice. A task whose slice is over goes to the tail with a fresh
 * one. A task that wakes with some of its slice left comes before all these,
 * in a queue of its own, and preempts what runs, which later goes on with the
 * rest of its own slice: so a shell answers whatever else runs. While a task
 * sleeps, its slice grows again by its share of that time, so it cannot take
 * more of the CPU than one that never sleeps.
 *
 * CPU time is counted by the TSC at each switch and each tick; the tick only
 * tells whether it was ring 3's or the kernel's.
 *
 * One lock guards all queues. A switch is begun under it by the old task and
 * ended, the lock released, by the new one: so no other CPU takes up a task
 * before it has left its stack. With several CPUs, which of them runs a task
 * is decided by `sched_balancer`.
 */
#include "kernel/sched/sched.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/space.h"
#include "kernel/sched/wait.h"

#define SLICE_UNIT_NS 4000000l /* a tick */
#define SLICE_UNITS   5        /* 20 ms for a task with nice 0 */

static struct spinlock lock = SPINLOCK_INIT(RANK_RUN);
static unsigned runnable; /* queued or on a CPU, without idle tasks */
static uint64_t switches;
void (*sched_switch_hook)(struct task *from, struct task *to);
static struct task boot_task; /* becomes the first CPU's idle task */

uint64_t sched_ns_per_cycle;
const struct sched_balancer *sched_balancer;

void sched_init_idle(struct task *idle, struct cpu *cpu, void *stack)
{
	context_adopt(&idle->context, stack);
	idle->stack = stack;
	list_init(&idle->run);
	list_init(&cpu->woken);
	list_init(&cpu->queue);
	idle->state = TASK_RUNNABLE;
	idle->affinity = cpu->bit;
	idle->on_cpu = true;
	idle->cpu = cpu->id;
	idle->time_kind = TIME_IDLE;
	cpu->idle = idle;
}

void sched_enter_idle(struct cpu *cpu)
{
	cpu->current = &cpu->idle->context;
	cpu->descriptors.tss.rsp[0] = cpu->idle->context.stack_top;
	cpu->charged_at = rdtsc();
}

void sched_init(void *stack)
{
	struct cpu *cpu = this_cpu();

	sched_init_idle(&boot_task, cpu, stack);
	sched_enter_idle(cpu);
}

/* ---- CPU time ------------------------------------------------------------- */

/* Nanoseconds between two readings of the TSC; 0 if it went back. */
static uint64_t ns_between(uint64_t from, uint64_t to)
{
	uint64_t cycles = (int64_t)(to - from) > 0 ? to - from : 0;

	return (unsigned __int128)cycles * sched_ns_per_cycle >> 32;
}

/* Charges the time since the last charge on this CPU to the current task.
 * Interrupts are off. */
static void charge(struct task *task)
{
	struct cpu *cpu = this_cpu();
	uint64_t now = rdtsc(), ns = ns_between(cpu->charged_at, now);

	cpu->charged_at = now;
	cpu->time[task->time_kind] += ns;
	task->time[task->time_kind] += ns;
	task->slice_left -= (int64_t)ns;
}

void sched_charge(void)
{
	uint64_t flags = irq_save();

	charge(current_task());
	irq_restore(flags);
}

/* Is the slice over? To the nearest tick, since a tick ends it. */
static bool slice_is_over(const struct task *task)
{
	return task->slice_left <= SLICE_UNIT_NS / 2;
}

void sched_set_nice(struct task *task, int nice)
{
	task->nice = nice;
	task->slice = (SLICE_UNITS - (nice > 0 ? nice * 4 / 19 : nice)) *
		      SLICE_UNIT_NS;
}

/* ---- Switching ------------------------------------------------------------ */

void sched_unqueue(struct task *task)
{
	list_remove(&task->run);
	cpus[task->cpu]->queued--;
}

/* The next task for this CPU, off its queue. Lock held. */
static struct task *pick(void)
{
	struct cpu *cpu = this_cpu();
	struct task *task;

	if (sched_balancer)
		return sched_balancer->pick();
	task = list_first(&cpu->woken, struct task, run)
		       ?: list_first(&cpu->queue, struct task, run);
	if (!task)
		return cpu->idle;
	sched_unqueue(task);
	return task;
}

/* A CPU that may run the task, to whose queue it is then added; an idle one if
 * the current task keeps this one busy. Lock held. */
static struct cpu *place(struct task *task, bool this_is_busy)
{
	struct cpu *cpu = this_cpu();

	if (sched_balancer)
		cpu = sched_balancer->place(task, this_is_busy);
	task->cpu = cpu->id;
	cpu->queued++;
	return cpu;
}

void sched_finish_switch(void)
{
	spin_unlock(&lock);
}

static void switch_to(struct task *from, struct task *to)
{
	switches++;
	if (unlikely(sched_switch_hook))
		sched_switch_hook(from, to);
	from->on_cpu = false;
	to->on_cpu = true;
	to->cpu = THIS_CPU->id;
	/* an idle CPU shall not be interrupted for a space's sake */
	if (to->space || (to == THIS_CPU->idle && cpu_count > 1))
		space_activate(to->space);
	context_switch(&from->context, &to->context);
	/* here again, much later: `from` is what runs now */
}

/* A task gives up the CPU but wants to go on: with the rest of its slice as
 * the next one, or with a new slice after all others. Lock held. */
static void requeue(struct task *task)
{
	struct cpu *cpu = place(task, false);

	if (!slice_is_over(task)) {
		list_add_head(&task->run, &cpu->queue);
	} else {
		task->slice_left = task->slice;
		list_add_tail(&task->run, &cpu->queue);
	}
}

void schedule(void)
{
	struct task *from = current_task(), *to;
	uint64_t flags;

	assert_no_spinlock("a sleep");
	flags = spin_lock_irqsave(&lock);
	charge(from);
	context_clear_work(&from->context, WORK_RESCHEDULE);
	if (from->state != TASK_RUNNABLE) {
		from->asleep_since = THIS_CPU->charged_at;
		runnable--;
	} else if (from != THIS_CPU->idle) {
		requeue(from);
	}
	to = pick();
	if (to != from)
		switch_to(from, to);
	spin_unlock_irqrestore(&lock, flags);
}

void sched_yield(void)
{
	current_task()->slice_left = 0;
	schedule();
}

void sched_point(void)
{
	if (READ_ONCE(current_task()->context.work) & WORK_RESCHEDULE)
		schedule();
}

/* ---- Waking --------------------------------------------------------------- */

/* Adds to the slice what the task would have got of the CPUs while it slept.
 * Lock held. */
static void credit_sleep(struct task *task)
{
	uint64_t slept = ns_between(task->asleep_since, rdtsc());
	int64_t share = (int64_t)(slept / runnable * cpu_count);

	task->slice_left = MIN(task->slice_left + share, task->slice);
}

/* Lock held. */
static void enqueue(struct task *task, bool this_is_busy)
{
	struct cpu *cpu = place(task, this_is_busy);

	task->state = TASK_RUNNABLE;
	runnable++;
	credit_sleep(task);
	if (slice_is_over(task)) {
		task->slice_left = task->slice;
		list_add_tail(&task->run, &cpu->queue);
	} else {
		list_add_tail(&task->run, &cpu->woken);
		context_set_work(cpu->current, WORK_RESCHEDULE);
	}
}

/*
 * A task between setting its state and schedule() is not asleep yet: it is
 * still on its CPU and only has to stay awake. A current task without a space
 * is about to leave this CPU to the task that it wakes (it ends, is idle, or
 * is the kernel's own). Lock held.
 */
static void wake_locked(struct task *task)
{
	if (task->on_cpu)
		task->state = TASK_RUNNABLE;
	else
		enqueue(task, current_task()->space);
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
	uint64_t flags = spin_lock_irqsave(&lock);

	task->asleep_since = rdtsc();
	task->slice_left = 0; /* behind all others */
	/* a thread may run beside its maker */
	enqueue(task,
		task->process && task->process == current_task()->process);
	spin_unlock_irqrestore(&lock, flags);
}

/* ---- The tick, the end, and idling ----------------------------------------- */

void sched_tick(bool user)
{
	struct task *task = current_task();

	if (task == this_cpu()->idle)
		return;
	task->time_kind = user ? TIME_USER : TIME_KERNEL;
	charge(task);
	if (slice_is_over(task))
		context_set_work(&task->context, WORK_RESCHEDULE);
}

void sched_set_affinity(struct task *task, uint32_t cpus_allowed)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	task->affinity = cpus_allowed;
	if (!list_empty(&task->run)) {
		sched_unqueue(task);
		requeue(task);
	} else if (task->on_cpu) {
		context_set_work(&task->context, WORK_RESCHEDULE);
	}
	spin_unlock_irqrestore(&lock, flags);
}

void sched_exit(void)
{
	irq_disable();
	spin_lock(&lock); /* no late waker shall write over it */
	current_task()->state = TASK_DEAD;
	spin_unlock(&lock);
	schedule();
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
		schedule();
		irq_enable_and_halt();
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
