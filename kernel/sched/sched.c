/*
 * The scheduler. Each CPU has a run queue, first come first served, and each
 * task a time slice. A task whose slice is over goes to the tail with a fresh
 * one. A task that wakes with some of its slice left comes before all these,
 * in a queue of its own, and preempts the running task, which later goes on
 * with the rest of its own slice: so a shell answers whatever else runs. While
 * a task sleeps, its slice grows again by its share of that time, so it cannot
 * take more of the CPU than a task that never sleeps.
 *
 * CPU time is counted by the TSC at each switch and each tick; the tick only
 * tells whether it was spent in ring 3 or in the kernel.
 *
 * One lock guards all queues. The old task begins a switch under it, and the
 * new one ends the switch and releases the lock: so no other CPU takes up a
 * task before it has left its stack. With several CPUs, `sched_balancer`
 * decides which of them runs a task.
 */
#include "kernel/sched/sched.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/space.h"

#define SLICE_UNIT_NS 4000000l /* a tick */
#define SLICE_UNITS   5        /* 20 ms for a task with nice 0 */

struct spinlock sched_lock = SPINLOCK_INIT(RANK_RUN);
unsigned sched_runnable;
uint64_t sched_switches;
void (*sched_switch_hook)(struct task *from, struct task *to);
uint64_t sched_ns_per_cycle;
const struct sched_balancer *sched_balancer;

static struct task boot_task; /* becomes the first CPU's idle task */

void sched_init_idle(struct task *idle, struct cpu *cpu, void *stack)
{
	context_adopt(&idle->context, stack);
	idle->stack = stack;
	list_init(&cpu->woken);
	list_init(&cpu->queue);
	idle->state = TASK_RUNNABLE;
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
	sched_init_idle(&boot_task, this_cpu(), stack);
	sched_enter_idle(this_cpu());
	space_rest = sched_point;
}

/* ---- CPU time ------------------------------------------------------------- */

/* Nanoseconds between two readings of the TSC; 0 if it went back. */
static inline uint64_t ns_between(uint64_t from, uint64_t to)
{
	uint64_t cycles = to - from;

	if (unlikely(cycles >> 60))
		return 0;
	return (unsigned __int128)cycles * sched_ns_per_cycle >> 32;
}

/* Charges the time since the last charge on this CPU to the current task.
 * Interrupts are off. */
static inline void charge(struct task *task)
{
	uint64_t now = rdtsc(), ns = ns_between(THIS_CPU->charged_at, now);

	THIS_CPU->charged_at = now;
	THIS_CPU->time[task->time_kind] += ns;
	task->time[task->time_kind] += ns;
	task->slice_left -= (int64_t)ns;
}

void sched_charge(void)
{
	uint64_t flags = irq_save();

	charge(current_task());
	irq_restore(flags);
}

/* True if less than half a tick is left, since only a tick ends a slice. */
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

/* Takes the next task for this CPU off its queue. The lock is held. */
static inline struct task *pick(struct cpu *cpu)
{
	struct task *task;

	if (sched_balancer)
		return sched_balancer->pick();
	task = list_first(&cpu->woken, struct task, run)
		       ?: list_first(&cpu->queue, struct task, run);
	if (!task)
		return cpu->idle;
	list_remove(&task->run);
	return task;
}

/* Returns the CPU to whose queue the task shall be added: one that may run it,
 * and an idle one if this CPU stays busy. The lock is held. */
static inline struct cpu *place(struct task *task, bool this_is_busy)
{
	return sched_balancer ? sched_balancer->place(task, this_is_busy)
			      : this_cpu();
}

void sched_finish_switch(void)
{
	spin_unlock(&sched_lock);
}

/* Returns when another CPU or task switches back to `from`. */
static inline void switch_to(struct cpu *cpu, struct task *from,
			     struct task *to)
{
	sched_switches++;
	if (unlikely(sched_switch_hook))
		sched_switch_hook(from, to);
	from->on_cpu = false;
	to->on_cpu = true;
	to->cpu = cpu->id;
	/* an idle CPU is not to be interrupted because of a space */
	if (to->space || (to == cpu->idle && cpu_count > 1))
		space_activate(to->space);
	context_switch(&from->context, &to->context);
}

/* Queues a task that gives up the CPU but wants to go on: with the rest of its
 * slice it runs next, else after all others with a new one. The lock is held. */
static inline void requeue(struct task *task)
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
	struct cpu *cpu;

	assert_no_spinlock("a sleep");
	irq_disable();
	spin_lock(&sched_lock);
	cpu = this_cpu();
	charge(from);
	from->off_cpu_since = cpu->charged_at;
	context_clear_work(&from->context, WORK_RESCHEDULE);
	if (from->state != TASK_RUNNABLE)
		sched_runnable--;
	else if (from != cpu->idle)
		requeue(from);
	to = pick(cpu);
	if (to != from)
		switch_to(cpu, from, to);
	spin_unlock(&sched_lock);
	irq_enable();
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
 * The lock is held. */
static void credit_sleep(struct task *task)
{
	uint64_t now = rdtsc();
	uint64_t slept = ns_between(task->off_cpu_since, now);
	int64_t share = (int64_t)(slept / sched_runnable * cpu_count);

	task->slice_left = MIN(task->slice_left + share, task->slice);
	task->off_cpu_since = now;
}

/* Queues a task that slept; it preempts the running one if it has some of its
 * slice left. The lock is held. */
static void enqueue(struct task *task, bool this_is_busy)
{
	struct cpu *cpu = place(task, this_is_busy);

	task->state = TASK_RUNNABLE;
	sched_runnable++;
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
 * is about to leave this CPU to the task that it wakes: it ends, is idle, or
 * is the kernel's own.
 */
bool sched_wake(struct task *task, unsigned states)
{
	uint64_t flags = spin_lock_irqsave(&sched_lock);
	bool asleep = states >> task->state & 1;

	if (asleep && task->on_cpu)
		task->state = TASK_RUNNABLE;
	else if (asleep)
		enqueue(task, current_task()->space);
	spin_unlock_irqrestore(&sched_lock, flags);
	return asleep;
}

void sched_start(struct task *task)
{
	uint64_t flags = spin_lock_irqsave(&sched_lock);

	task->off_cpu_since = rdtsc();
	task->slice_left = 0; /* after all others */
	/* a thread may run on an idle CPU, beside the one that made it */
	enqueue(task,
		task->process && task->process == current_task()->process);
	spin_unlock_irqrestore(&sched_lock, flags);
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

void sched_exit(void)
{
	irq_disable();
	spin_lock(&sched_lock); /* a late waker must not overwrite the state */
	current_task()->state = TASK_DEAD;
	spin_unlock(&sched_lock);
	schedule();
	panic("a dead task runs");
}

void sched_wait_off_cpu(struct task *task)
{
	while (READ_ONCE(task->on_cpu))
		cpu_relax();
	/* the switch away from its stack ends with the lock */
	spin_unlock_irqrestore(&sched_lock, spin_lock_irqsave(&sched_lock));
}

void sched_idle(void)
{
	const struct cpu *cpu = this_cpu();

	for (;;) {
		schedule();
		irq_disable(); /* an interrupt may have queued a task */
		if (list_empty(&cpu->woken) && list_empty(&cpu->queue))
			irq_enable_and_halt();
	}
}
