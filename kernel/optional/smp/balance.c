/*
 * Which CPU runs a task: see struct sched_balancer. A woken task may have an
 * idle CPU, which is sent an interrupt, if the CPU that wakes it keeps running
 * its own task. A CPU that looks for its next task takes the one that was woken
 * on it, else the one that has waited longest in the queues of all CPUs; and if
 * tasks are left over in its own queue, an idle CPU is sent an interrupt so that
 * it looks, too.
 */
#include "kernel/cpu/apic.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/vmap.h"
#include "kernel/sched/sched.h"
#include "kernel/optional/smp/smp.h"

/* A queue is searched no further for a task that may move. */
#define SEARCH_MAX 16

static uint32_t idle_cpus; /* that have not been sent an interrupt yet */

/* An idle CPU looks for work when anything interrupts it. */
static void handle_reschedule(struct trapframe *tf)
{
	(void)tf;
	apic_eoi();
}

/* Sends an interrupt to one of the idle CPUs in the set, once. Returns it, or
 * NULL. sched_lock is held, as in all that follows. */
static struct cpu *kick_idle_cpu(uint32_t set)
{
	uint32_t candidates = idle_cpus & set & ~THIS_CPU->bit;
	struct cpu *cpu;

	if (!candidates)
		return NULL;
	cpu = cpus[__builtin_ctz(candidates)];
	idle_cpus &= ~cpu->bit;
	ipi_send(cpu, VECTOR_RESCHEDULE);
	return cpu;
}

static struct cpu *place(struct task *task, bool this_is_busy)
{
	uint32_t allowed = task->affinity;
	struct cpu *cpu = this_is_busy ? kick_idle_cpu(allowed) : NULL;

	if (cpu)
		return cpu;
	if (allowed & THIS_CPU->bit)
		return this_cpu();
	cpu = allowed >> task->cpu & 1 ? cpus[task->cpu]
				       : cpus[__builtin_ctz(allowed)];
	idle_cpus &= ~cpu->bit;
	ipi_send(cpu, VECTOR_RESCHEDULE);
	return cpu;
}

/* The first task of the list that this CPU may run, or NULL. */
static struct task *find(struct list_node *list)
{
	unsigned searched = 0;
	struct task *task;

	list_for_each_entry (task, list, run) {
		if (task->affinity & THIS_CPU->bit)
			return task;
		if (++searched == SEARCH_MAX)
			break;
	}
	return NULL;
}

/* Of the tasks at the heads of all queues, the one that has waited longest and
 * that this CPU may run; or NULL. */
static struct task *find_longest_waiting(void)
{
	struct task *longest = NULL, *task;

	for (unsigned i = 0; i < cpu_count; i++) {
		task = find(&cpus[i]->woken) ?: find(&cpus[i]->queue);
		if (task && (!longest || (int64_t)(task->off_cpu_since -
						   longest->off_cpu_since) < 0))
			longest = task;
	}
	return longest;
}

static struct task *pick(void)
{
	struct cpu *cpu = this_cpu();
	struct task *task = find(&cpu->woken) ?: find_longest_waiting(), *rest;

	if (!task) {
		idle_cpus |= cpu->bit;
		return cpu->idle;
	}
	idle_cpus &= ~cpu->bit;
	list_remove(&task->run);
	rest = list_first(&cpu->queue, struct task, run);
	if (rest)
		kick_idle_cpu(rest->affinity);
	return task;
}

static void set_affinity(struct task *task, uint32_t cpus_allowed)
{
	uint64_t flags = spin_lock_irqsave(&sched_lock);

	task->affinity = cpus_allowed;
	if (task->on_cpu) {
		context_set_work(&task->context, WORK_RESCHEDULE);
	} else if (task->state == TASK_RUNNABLE) { /* it is in a queue */
		list_remove(&task->run);
		list_add_tail(&task->run, &place(task, false)->queue);
	}
	spin_unlock_irqrestore(&sched_lock, flags);
}

static const struct sched_balancer balancer = { place, pick, set_affinity };

void balance_init(void)
{
	trap_set_handler(VECTOR_RESCHEDULE, handle_reschedule);
	sched_balancer = &balancer;
}

void balance_new_cpu(struct cpu *cpu)
{
	struct task *idle = kzalloc(sizeof(*idle));
	void *stack = vmap_alloc(KERNEL_STACK_SIZE);

	if (!idle || !stack)
		give_up("there is not enough memory for CPU %u", cpu->id);
	sched_init_idle(idle, cpu, stack);
}
