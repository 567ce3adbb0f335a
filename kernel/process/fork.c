/*
 * fork, vfork and clone: fork_clone() copies each part of the current task, or
 * shares it with the child, as the flags say. The child enters the process tree
 * when it is complete.
 */
#include "kernel/process/fork.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/fs/path.h"
#include "kernel/lib/string.h"
#include "kernel/mm/space.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/exit.h"
#include "kernel/process/signal.h"
#include "kernel/time/timekeeper.h"

/* The core gives each process one thread, which shares nothing but its address
 * space; the part threads adds what may be shared besides. */
uint64_t fork_flags = CLONE_VM | CLONE_VFORK | CLONE_SYSVSEM | CLONE_SETTLS |
		      CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
		      CLONE_DETACHED | CLONE_UNTRACED | CLONE_CHILD_SETTID |
		      CLONE_IO;

static int fork_check(const struct clone_args *args)
{
	if ((args->flags & ~fork_flags) || args->exit_signal > _NSIG)
		return -EINVAL;
	if ((args->flags & CLONE_SETTLS) && args->tls >= USER_END)
		return -EPERM;
	return process_may_add_task() ? 0 : -EAGAIN;
}

/* ---- The child's parts ------------------------------------------------------- */

/* Copies what no part of the kernel has shared yet. 0 or -ENOMEM. */
static int fork_copy(struct task *task, uint64_t flags)
{
	struct task *me = current_task();

	if (flags & CLONE_VM)
		space_get(task->space = me->space);
	else
		task->space = space_fork(me->space);
	if (!task->files)
		task->files = files_copy(me->files);
	if (!task->fs)
		task->fs = fs_context_copy(me->fs);
	if (!task->process)
		task->process = process_new(me->process,
					    sighand_copy(me->process->sighand));
	return task->space && task->files && task->fs && task->process
		       ? 0
		       : -ENOMEM;
}

/* Undoes what has been done for a child that never ran. */
static void fork_drop(struct task *task, struct pid *pid)
{
	space_put(task->space);
	if (task->files)
		files_put(task->files);
	if (task->fs)
		fs_context_put(task->fs);
	if (task->process && task->process != current_process())
		process_put(task->process);
	if (pid) {
		spin_lock(&process_lock);
		pid_left(pid);
		spin_unlock(&process_lock);
		pid_put(pid);
	}
	task_free(task);
}

/* Copies registers, FPU and thread pointer; the child's result is 0. */
static void fork_registers(struct task *task, const struct clone_args *args)
{
	struct context *from = &current_task()->context;
	struct context *to = &task->context;
	struct trapframe *tf = (struct trapframe *)to->stack_top - 1;
	uint64_t irq = irq_save();

	context_leave(from); /* saves, and leaves the registers as they are */
	memcpy(to->fpu, from->fpu, fpu_size());
	irq_restore(irq);
	to->selectors = from->selectors;
	to->fs_base = from->fs_base;
	to->gs_base = from->gs_base;
	if (args->flags & CLONE_SETTLS) {
		to->selectors.fs = 0;
		to->fs_base = args->tls;
	}
	*tf = *user_trapframe();
	tf->rax = 0;
	if (args->stack)
		tf->rsp = args->stack + args->stack_size;
}

/* Copies the task's own small things. */
static void fork_details(struct task *task)
{
	struct task *me = current_task();

	memcpy(task->name, me->name, sizeof(task->name));
	task->start_ns = ktime_monotonic_ns();
	task->signal_mask = me->signal_mask;
	sched_set_nice(task, me->nice);
}

/* ---- The child's start ------------------------------------------------------- */

/* A new task begins here. `tid` is the user address that gets its number, or
 * NULL. */
static void child_start(void *tid)
{
	sched_finish_switch();
	irq_enable();
	if (tid)
		put_user32((uaddr_t)tid, (uint32_t)current_task()->id);
	trap_return_to_user();
}

/* Makes the child visible to others: puts it into the process tree. 0, or
 * -ERESTARTNOINTR. */
static int fork_link(struct task *task, struct pid *pid,
		     const struct clone_args *args)
{
	struct process *me = current_process(), *process = task->process;

	spin_lock(&process_lock);
	/* A signal sent to the group before now did not reach the child. So
	 * the parent handles its signals first, and forks then. */
	if (task_interrupted()) {
		spin_unlock(&process_lock);
		return -ERESTARTNOINTR;
	}
	if (process != me) {
		process->exit_signal = (int)args->exit_signal;
		process->start_ns = task->start_ns;
		process->vfork_pending = args->flags & CLONE_VFORK;
		process_link(process, pid, me);
		HOOK_CALL(child_linked, process, args);
	}
	pid->task = task;
	task->id = pid->number;
	spin_lock(&process->sighand->lock);
	list_add_tail(&task->thread, &process->threads);
	process->thread_count++;
	process->live_threads++;
	spin_unlock(&process->sighand->lock);
	spin_unlock(&process_lock);
	atomic_fetch_add(&process_task_count, 1);
	return 0;
}

/* Starts the child, and waits for it in vfork. Returns its number. */
static long fork_start(struct task *task, uint64_t flags)
{
	struct process *process = task->process;
	long number = task->id;

	if (!(flags & CLONE_VFORK) || process == current_process()) {
		sched_start(task);
		return number;
	}
	process_get(process); /* it may be gone before we wake */
	sched_start(task);
	wait_event_uninterruptible(&process->vfork_wait,
				   !READ_ONCE(process->vfork_pending) ||
					   signal_is_fatal());
	process_put(process);
	return number;
}

long fork_clone(const struct clone_args *args)
{
	int error = fork_check(args);
	struct pid *pid = NULL;
	struct task *task;

	if (error < 0)
		return error;
	process_reap();
	task = task_new(child_start, args->flags & CLONE_CHILD_SETTID
					     ? (void *)args->child_tid
					     : NULL);
	if (!task)
		return -ENOMEM;
	HOOK_CALL(task_cloned, task, args, &error);
	if (!error)
		error = fork_copy(task, args->flags);
	if (!error)
		pid = pid_new(&error);
	if (pid) {
		fork_registers(task, args);
		fork_details(task);
		if (args->flags & CLONE_PARENT_SETTID)
			put_user32(args->parent_tid, (uint32_t)pid->number);
		error = fork_link(task, pid, args);
	}
	if (!error)
		return fork_start(task, args->flags);
	fork_drop(task, pid);
	return error;
}
