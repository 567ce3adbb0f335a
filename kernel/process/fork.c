/*
 * fork, vfork, clone: fork_clone() copies or shares each part of the current
 * task as the flags say. The child enters the process tree when it is complete.
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

/* Namespaces, pid file descriptors and tracing are not implemented. */
#define CLONE_SUPPORTED                                                    \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | \
	 CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |      \
	 CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED |     \
	 CLONE_UNTRACED | CLONE_CHILD_SETTID | CLONE_IO | CLONE_CLEAR_SIGHAND)

static int check_flags(const struct clone_args *args)
{
	uint64_t flags = args->flags;

	if ((flags & ~CLONE_SUPPORTED) || args->exit_signal > _NSIG)
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_CLEAR_SIGHAND) && (flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_PARENT) && current_process() == init_process)
		return -EINVAL;
	if ((flags & CLONE_SETTLS) && args->tls >= USER_END)
		return -EPERM;
	return process_may_add_task() ? 0 : -EAGAIN;
}

/* ---- The parts -------------------------------------------------------------- */

/* Drops the references that copy_parts() took. */
static void drop_parts(struct task *task)
{
	if (task->space)
		space_put(task->space);
	if (task->files)
		files_put(task->files);
	if (task->fs)
		fs_context_put(task->fs);
}

static int copy_parts(struct task *task, uint64_t flags)
{
	struct task *me = current_task();

	if (flags & CLONE_VM)
		space_get(task->space = me->space);
	else
		task->space = space_fork(me->space);
	if (flags & CLONE_FILES)
		files_get(task->files = me->files);
	else
		task->files = files_copy(me->files);
	if (flags & CLONE_FS)
		fs_context_get(task->fs = me->fs);
	else
		task->fs = fs_context_copy(me->fs);
	if (task->space && task->files && task->fs)
		return 0;
	drop_parts(task);
	return -ENOMEM;
}

static struct sighand *copy_sighand(uint64_t flags)
{
	struct sighand *mine = current_process()->sighand;

	if (flags & CLONE_SIGHAND) {
		sighand_get(mine);
		return mine;
	}
	return flags & CLONE_CLEAR_SIGHAND ? sighand_new() : sighand_copy(mine);
}

static struct process *copy_process(uint64_t flags)
{
	struct sighand *sighand;
	struct process *process;

	if (flags & CLONE_THREAD)
		return current_process();
	sighand = copy_sighand(flags);
	if (!sighand)
		return NULL;
	process = process_new(current_process(), sighand);
	if (!process)
		sighand_put(sighand);
	return process;
}

/* Registers, FPU and thread pointer; the child sees a 0 as its result. */
static void copy_machine(struct task *task, const struct clone_args *args)
{
	struct context *from = &current_task()->context;
	struct context *to = &task->context;
	struct trapframe *tf = (struct trapframe *)to->stack_top - 1;
	uint64_t irq = irq_save();

	context_leave(from); /* only saves */
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

static void copy_small_things(struct task *task, const struct clone_args *args)
{
	struct task *me = current_task();

	memcpy(task->name, me->name, sizeof(task->name));
	task->start_ns = ktime_monotonic_ns();
	task->signal_mask = me->signal_mask;
	sched_set_nice(task, me->nice);
	if (args->flags & CLONE_CHILD_CLEARTID)
		task->clear_child_tid = args->child_tid;
	/* two threads must not share an alternate signal stack; a vfork
	 * child may, because its parent waits */
	if ((args->flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
		return;
	task->altstack = me->altstack;
	task->altstack_size = me->altstack_size;
	task->altstack_flags = me->altstack_flags;
}

/* ---- The child --------------------------------------------------------------- */

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
static int link_child(struct task *task, struct process *process,
		      struct pid *pid, const struct clone_args *args)
{
	struct process *me = current_process();

	spin_lock(&process_lock);
	/* A signal sent to the group before now did not reach the child. So
	 * the parent handles its signals first, and forks then. */
	if (task_interrupted()) {
		spin_unlock(&process_lock);
		return -ERESTARTNOINTR;
	}
	if (process != me) {
		/* with CLONE_PARENT the parent gets the signal it chose when
		 * it made this process */
		process->exit_signal = args->flags & CLONE_PARENT
					       ? me->exit_signal
					       : (int)args->exit_signal;
		process->start_ns = task->start_ns;
		process->vfork_pending = args->flags & CLONE_VFORK;
		process_link(process, pid,
			     args->flags & CLONE_PARENT ? me->parent : me, me);
	}
	pid->task = task;
	task->id = pid->number;
	task->process = process;
	spin_lock(&process->sighand->lock);
	list_add_tail(&task->thread, &process->threads);
	process->thread_count++;
	process->live_threads++;
	spin_unlock(&process->sighand->lock);
	spin_unlock(&process_lock);
	atomic_fetch_add(&process_task_count, 1);
	return 0;
}

/* Starts the child, and waits for it in vfork. */
static long start_child(struct task *task, struct process *process,
			uint64_t flags)
{
	long number = task->id;

	if (!(flags & CLONE_VFORK) || (flags & CLONE_THREAD)) {
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

static void drop_pid(struct pid *pid)
{
	spin_lock(&process_lock);
	pid_left(pid);
	spin_unlock(&process_lock);
	pid_put(pid);
}

long fork_clone(const struct clone_args *args)
{
	int error = check_flags(args);
	struct process *process;
	struct task *task;
	struct pid *pid;

	if (error < 0)
		return error;
	process_reap();
	error = -ENOMEM;
	task = task_new(child_start, args->flags & CLONE_CHILD_SETTID
					     ? (void *)args->child_tid
					     : NULL);
	if (!task)
		return error;
	process = copy_process(args->flags);
	if (!process)
		goto free_task;
	pid = pid_new(&error);
	if (!pid)
		goto free_process;
	error = copy_parts(task, args->flags);
	if (error < 0)
		goto free_pid;
	copy_machine(task, args);
	copy_small_things(task, args);
	if (args->flags & CLONE_PARENT_SETTID)
		put_user32(args->parent_tid, (uint32_t)pid->number);
	error = link_child(task, process, pid, args);
	if (error < 0)
		goto free_parts;
	return start_child(task, process, args->flags);

free_parts:
	drop_parts(task);
free_pid:
	drop_pid(pid);
free_process:
	if (process != current_process())
		process_put(process);
free_task:
	task_free(task);
	return error;
}
