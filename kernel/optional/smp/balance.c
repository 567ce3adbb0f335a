/*
 * Which CPU runs a task: see struct sched_balancer. A woken task may have an
 * idle CPU, which is sent an interrupt, if the CPU that wakes it keeps running
 * its own task. A CPU that looks for its next task takes one of the longest
 * queue, if that is longer than its own; and if tasks are left over in its own
 * queue, an idle CPU is sent an interrupt so that it looks, too.
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
 * NULL. The run queues' lock is held, as in all that follows. */
static struct cpu *kick_idle_cpu(uint32_t set)
{
	uint32_t candidates = idle_cpus & set & ~THIS_CPU->bit;
	struct cpu *cpu;

	if (!candidates)
		return NULL;
	cpu = cpus[__builtin_ctz(candidates)];
	idle_cpus &= ~cpu->bit;
	apic_send(cpu->id, VECTOR_RESCHEDULE);
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
	apic_send(cpu->id, VECTOR_RESCHEDULE);
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

static struct task *find_at(struct cpu *cpu)
{
	return find(&cpu->woken) ?: find(&cpu->queue);
}

/* This CPU's own if a woken task waits in it. */
static struct cpu *longest_queue(void)
{
	struct cpu *longest = this_cpu();

	for (unsigned i = 0; i < cpu_count; i++)
		if (cpus[i]->queued >= longest->queued &&
		    list_empty(&longest->woken))
			longest = cpus[i];
	return longest;
}

/* The task that gives up this CPU stands in its queue, if it wants to go on:
 * so one of an equally long queue has waited longer. */
static struct task *pick(void)
{
	struct cpu *cpu = this_cpu();
	struct task *task = find_at(longest_queue()) ?: find_at(cpu), *rest;

	if (!task) {
		idle_cpus |= cpu->bit;
		return cpu->idle;
	}
	idle_cpus &= ~cpu->bit;
	sched_unqueue(task);
	rest = list_first(&cpu->queue, struct task, run);
	if (rest)
		kick_idle_cpu(rest->affinity);
	return task;
}

static const struct sched_balancer balancer = { place, pick };

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
