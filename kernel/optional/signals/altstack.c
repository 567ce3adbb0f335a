/*
 * Alternate signal stacks (sigaltstack(2)): a handler with SA_ONSTACK runs on
 * memory that its thread has named, and can so deal with an overflow of the
 * thread's own stack.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/string.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/fork.h"
#include "kernel/process/sigframe.h"
#include "kernel/sys/table.h"

static void altstack_drop(struct task *task)
{
	task->altstack = 0;
	task->altstack_size = 0;
	task->altstack_flags = 0;
}

/* Is `sp` on the alternate stack, and that in use? */
static bool on_altstack(uint64_t sp)
{
	const struct task *task = current_task();

	return !(task->altstack_flags & SS_AUTODISARM) && sp > task->altstack &&
	       sp - task->altstack <= task->altstack_size;
}

/* What sigaltstack(2) tells a thread whose stack pointer is `sp`. */
static stack_t altstack_now(uint64_t sp)
{
	struct task *task = current_task();
	stack_t stack;

	memset(&stack, 0, sizeof(stack));
	stack.ss_sp = task->altstack;
	stack.ss_size = task->altstack_size;
	stack.ss_flags = (int32_t)task->altstack_flags;
	if (!task->altstack_size)
		stack.ss_flags |= SS_DISABLE;
	else if (on_altstack(sp))
		stack.ss_flags |= SS_ONSTACK;
	return stack;
}

/* Puts a frame on the alternate stack if the handler asks for it. A frame that
 * follows another one there must fit below it. */
static void choose_stack(uint64_t rsp, uint64_t flags, size_t size,
			 uint64_t *sp, stack_t *stack)
{
	struct task *task = current_task();
	bool nested = on_altstack(rsp);

	*stack = altstack_now(rsp);
	if ((flags & SA_ONSTACK) && task->altstack_size && !nested)
		*sp = task->altstack + task->altstack_size;
	else if (nested && !on_altstack(*sp - size))
		*sp = 0;
	if (*sp && (task->altstack_flags & SS_AUTODISARM))
		altstack_drop(task);
}
HOOK(signal_stack, choose_stack);

/* Two threads must not share an alternate stack; a vfork child may, because its
 * parent waits. */
static void altstack_inherit(struct task *child, const struct clone_args *args,
			     int *error)
{
	const struct task *me = current_task();

	(void)error;
	if ((args->flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
		return;
	child->altstack = me->altstack;
	child->altstack_size = me->altstack_size;
	child->altstack_flags = me->altstack_flags;
}
HOOK(task_cloned, altstack_inherit);

/* A new program has none. */
static void altstack_executed(struct process *process)
{
	(void)process;
	altstack_drop(current_task());
}
HOOK(process_executed, altstack_executed);

/* Makes `stack` the thread's: 0, -EPERM, -EINVAL, -ENOMEM. */
static int set_altstack(uint64_t sp, const stack_t *stack)
{
	struct task *task = current_task();
	uint32_t mode = (uint32_t)stack->ss_flags & ~SS_AUTODISARM;

	if (on_altstack(sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode != SS_DISABLE && stack->ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	task->altstack = mode == SS_DISABLE ? 0 : stack->ss_sp;
	task->altstack_size = mode == SS_DISABLE ? 0 : stack->ss_size;
	task->altstack_flags = (uint32_t)stack->ss_flags & SS_AUTODISARM;
	return 0;
}

static void restore_altstack(uint64_t sp, const stack_t *stack)
{
	set_altstack(sp, stack); /* a bad one is passed over, as on Linux */
}
HOOK(signal_returns, restore_altstack);

static long sys_sigaltstack(uaddr_t new, uaddr_t old)
{
	uint64_t sp = user_trapframe()->rsp;
	stack_t before = altstack_now(sp), stack;
	int error = 0;

	if (new && copy_from_user(&stack, new, sizeof(stack)) < 0)
		return -EFAULT;
	if (new)
		error = set_altstack(sp, &stack);
	if (error)
		return error;
	return old ? copy_to_user(old, &before, sizeof(before)) : 0;
}
SYSCALL(sigaltstack);
