/* Tasks and their kernel stacks: see task.h. */
#include "kernel/sched/task.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/vmap.h"
#include "kernel/sched/sched.h"

/* Stacks of dead tasks are kept for new ones, since mapping one takes long. */
#define SPARE_MAX 16

static struct spinlock stack_lock = SPINLOCK_INIT(RANK_VMAP);
static void *spare[SPARE_MAX];
static unsigned spare_count;
size_t task_stack_count;

static void *stack_new(void)
{
	void *stack = NULL;

	spin_lock(&stack_lock);
	if (spare_count)
		stack = spare[--spare_count];
	spin_unlock(&stack_lock);
	if (stack)
		return stack;
	stack = vmap_alloc(KERNEL_STACK_SIZE);
	if (stack)
		atomic_fetch_add(&task_stack_count, 1);
	return stack;
}

static void stack_free(void *stack)
{
	spin_lock(&stack_lock);
	if (spare_count < SPARE_MAX) {
		spare[spare_count++] = stack;
		stack = NULL;
	}
	spin_unlock(&stack_lock);
	if (!stack)
		return;
	vmap_free(stack);
	atomic_fetch_sub(&task_stack_count, 1);
}

void task_interrupt_stacks(struct cpu *cpu)
{
	for (enum ist ist = IST_DOUBLE_FAULT; ist < IST_COUNT; ist++) {
		void *stack = vmap_alloc(PAGE_SIZE);

		if (!stack)
			give_up("there is not enough memory for interrupt stacks");
		cpu_set_interrupt_stack(cpu, ist, stack);
	}
}

struct task *task_new(void (*start)(void *argument), void *argument)
{
	struct task *task = kzalloc(sizeof(*task));

	if (!task)
		return NULL;
	task->stack = stack_new();
	if (!task->stack) {
		kfree(task);
		return NULL;
	}
	context_init(&task->context, task->stack, start, argument);
	list_init(&task->run);
	list_init(&task->thread);
	task->state = TASK_NEW;
	task->affinity = UINT32_MAX;
	sched_set_nice(task, 0);
	return task;
}

void task_free(struct task *task)
{
	sched_wait_off_cpu(task);
	stack_free(task->stack);
	kfree(task);
}
