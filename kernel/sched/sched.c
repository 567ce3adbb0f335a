/*
 * One run queue for all CPUs, first come first served, a turn of a few ticks.
 * A task whose turn ends goes to the tail with a fresh one. One that slept
 * comes before all others with what is left of its turn, so that a shell
 * answers whatever else runs.
 *
 * An idle CPU is called for a task that is woken, if the waker goes on; who is
 * about to leave its own CPU takes the task up there, and so does, as a rule,
 * who has forked a process. What is left over when a CPU has chosen its next
 * task another CPU is called for; and an idle one looks by itself at each tick.
 *
 * A switch is begun under the queue's lock by the old task and ended, the lock
 * released, by the new one: so no other CPU takes up a task before it has left
 * its stack.
 */
#include "kernel/sched/sched.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/space.h"
#include "kernel/mm/vmap.h"
#include "kernel/sched/wait.h"

#define TURN_TICKS 5 /* 20 ms at 250 Hz */

static struct spinlock lock = SPINLOCK_INIT(RANK_RUN);
static struct list_node queue = LIST_INIT(queue);
static unsigned runnable; /* in the queue or on a CPU, idle ones apart */
static uint64_t switches;
static uint32_t idle_cpus; /* CPUs that have nothing, and were not called */
void (*sched_switch_hook)(struct task *from, struct task *to);
static struct task boot_task; /* becomes the first CPU's idle task */

static void idle_init(struct task *idle, struct cpu *cpu, void *stack)
{
	context_adopt(&idle->context, stack);
	idle->stack = stack;
	list_init(&idle->run);
	idle->state = TASK_RUNNABLE;
	idle->affinity = cpu->bit;
	idle->on_cpu = true;
	idle->cpu = cpu->id;
	cpu->idle = idle;
}

void sched_enter_idle(struct cpu *cpu)
{
	cpu->current = &cpu->idle->context;
	cpu->descriptors.tss.rsp[0] = cpu->idle->context.stack_top;
}

void sched_new_idle(struct cpu *cpu)
{
	struct task *idle = kzalloc(sizeof(*idle));
	void *stack = vmap_alloc(KERNEL_STACK_SIZE);

	if (!idle || !stack)
		give_up("there is not enough memory for CPU %u", cpu->id);
	idle_init(idle, cpu, stack);
}

/* An idle CPU looks for work when anything interrupts it. */
static void handle_reschedule(struct trapframe *tf)
{
	(void)tf;
	apic_eoi();
}

void sched_init(void *stack)
{
	struct cpu *cpu = this_cpu();

	trap_set_handler(VECTOR_RESCHEDULE, handle_reschedule);
	idle_init(&boot_task, cpu, stack);
	sched_enter_idle(cpu);
}

/* May this CPU run the task? */
static bool may_run(const struct task *task)
{
	return task->affinity & THIS_CPU->bit;
}

/* The next task to run; removed from the queue. Lock held. */
static struct task *pick(void)
{
	struct task *task;

	list_for_each_entry (task, &queue, run) {
		if (may_run(task)) {
			list_remove(&task->run);
			return task;
		}
	}
	idle_cpus |= THIS_CPU->bit;
	return THIS_CPU->idle;
}

void sched_finish_switch(void)
{
	spin_unlock(&lock);
}

/* How many ticks a task's turn has. */
static unsigned turn_of(const struct task *task)
{
	int nice = task->nice;

	return (unsigned)(TURN_TICKS - (nice > 0 ? nice * 4 / 19 : nice));
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

/* A CPU that idles and may run the task is called, once. Lock held. */
static bool call_idle_cpu(const struct task *task)
{
	uint32_t candidates = idle_cpus & task->affinity & ~THIS_CPU->bit;
	unsigned id;

	if (!candidates)
		return false;
	id = (unsigned)__builtin_ctz(candidates);
	idle_cpus &= ~(1u << id);
	apic_send(id, VECTOR_RESCHEDULE);
	return true;
}

/* Somebody for the first task that nobody has come for. Lock held. */
static void call_for_the_rest(void)
{
	struct task *task;

	if (idle_cpus)
		list_for_each_entry (task, &queue, run)
			if (call_idle_cpu(task))
				return;
}

void schedule(void)
{
	struct task *from = current_task(), *to;
	uint64_t flags;

	assert_no_spinlock("a sleep");
	flags = spin_lock_irqsave(&lock);
	context_clear_work(&from->context, WORK_RESCHEDULE);
	if (from->state != TASK_RUNNABLE) {
		from->asleep_since = THIS_CPU->ticks;
		runnable--;
	} else if (from != THIS_CPU->idle) {
		from->used = 0;
		list_add_tail(&from->run, &queue);
	} else {
		idle_cpus &= ~THIS_CPU->bit;
	}
	to = pick();
	call_for_the_rest();
	if (to != from)
		switch_to(from, to);
	spin_unlock_irqrestore(&lock, flags);
}

/* Lock held. */
static void enqueue(struct task *task)
{
	unsigned turn = turn_of(task);
	/* who slept as long as a turn has earned a whole one */
	bool rested = THIS_CPU->ticks - task->asleep_since >= turn;
	bool first = rested || task->used < turn;

	if (rested || !first)
		task->used = 0;
	task->state = TASK_RUNNABLE;
	runnable++;
	if (first)
		list_add_head(&task->run, &queue);
	else
		list_add_tail(&task->run, &queue);
}

/* Without a space it is about to leave the CPU: a task that ends, the idle one,
 * the kernel's own. */
static bool goes_on(const struct task *task)
{
	return task->space;
}

/* A task between setting its state and schedule() is not asleep yet: it is
 * still on its CPU and only has to stay awake. Lock held. */
static void wake_locked(struct task *task)
{
	if (task->on_cpu) {
		task->state = TASK_RUNNABLE;
		return;
	}
	enqueue(task);
	if (goes_on(current_task()))
		call_idle_cpu(task);
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

	task->asleep_since = THIS_CPU->ticks;
	task->used = turn_of(task); /* behind all others */
	enqueue(task);
	if (task->process && task->process == current_task()->process)
		call_idle_cpu(task); /* a thread: beside its maker */
	spin_unlock_irqrestore(&lock, flags);
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
	if (user) {
		task->user_ticks++;
		this_cpu()->user_ticks++;
	} else {
		task->kernel_ticks++;
		this_cpu()->kernel_ticks++;
	}
	task->used++;
	if (task->used >= turn_of(task) && !list_empty(&queue))
		context_set_work(&task->context, WORK_RESCHEDULE);
}

void sched_set_affinity(struct task *task, uint32_t cpus)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	task->affinity = cpus;
	if (task->on_cpu && !(cpus >> task->cpu & 1))
		context_set_work(&task->context, WORK_RESCHEDULE);
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
