/*
 * Threads, and processes that share more than their memory (clone(2)): what the
 * child shares, and how execve(2) ends the sharing.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/fs/file.h"
#include "kernel/fs/path.h"
#include "kernel/process/exec.h"
#include "kernel/process/exit.h"
#include "kernel/process/fork.h"
#include "kernel/process/signal.h"

static void allow_flags(void)
{
	fork_flags |= CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PARENT |
		      CLONE_THREAD | CLONE_CLEAR_SIGHAND;
}
HOOK(boot, allow_flags);

static int clone_check(uint64_t flags)
{
	bool wrong =
		((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)) ||
		((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
		((flags & CLONE_CLEAR_SIGHAND) && (flags & CLONE_SIGHAND)) ||
		((flags & CLONE_PARENT) && current_process() == init_process);

	return wrong ? -EINVAL : 0;
}

/* Returns the process of the child, or NULL when out of memory. */
static struct process *clone_process(uint64_t flags)
{
	struct process *me = current_process();

	if (flags & CLONE_THREAD)
		return me;
	if (flags & CLONE_CLEAR_SIGHAND)
		return process_new(me, sighand_new());
	sighand_get(me->sighand);
	return process_new(me, me->sighand);
}

static void clone_share(struct task *child, const struct clone_args *args,
			int *error)
{
	struct task *me = current_task();
	uint64_t flags = args->flags;

	*error = clone_check(flags);
	if (*error)
		return;
	if (flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = args->child_tid;
	if (flags & CLONE_FILES)
		files_get(child->files = me->files);
	if (flags & CLONE_FS)
		fs_context_get(child->fs = me->fs);
	if (flags & (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND)) {
		child->process = clone_process(flags);
		*error = child->process ? 0 : -ENOMEM;
	}
}
HOOK(task_cloned, clone_share);

/* With CLONE_PARENT the child becomes a brother: its parent gets the signal
 * that it chose when it made this process. */
static void clone_brother(struct process *child, const struct clone_args *args)
{
	struct process *me = current_process();

	if (!(args->flags & CLONE_PARENT))
		return;
	child->exit_signal = me->exit_signal;
	child->parent = me->parent;
	child->parent_number = me->parent_number;
	list_remove(&child->sibling);
	list_add_tail(&child->sibling, &me->parent->children);
}
HOOK(child_linked, clone_brother);

/* ---- execve ------------------------------------------------------------------ */

/* Gives the thread that is left the number of its process. process_lock held. */
static void take_first_number(struct task *task, struct process *process)
{
	struct pid *old = pid_find(task->id);

	if (old == process->pid)
		return;
	old->task = NULL;
	pid_left(old);
	pid_put(old);
	pid_get(process->pid);
	process->pid->task = task;
	task->id = process->pid->number;
}

/* Waits until the caller is the only thread left. -EAGAIN: another one execs
 * or the process is ending. */
static int end_other_threads(struct task *task, struct process *process)
{
	spin_lock(&process_lock);
	if (process->exiting || process->executing) {
		spin_unlock(&process_lock);
		return -EAGAIN;
	}
	process->executing = true;
	HOOK_CALL(group_exits, process);
	spin_unlock(&process_lock);
	wait_event_uninterruptible(&process->child_wait,
				   READ_ONCE(process->thread_count) == 1);
	spin_lock(&process_lock);
	process->executing = false;
	take_first_number(task, process);
	spin_unlock(&process_lock);
	return 0;
}

static void thread_has_left(struct process *process)
{
	wake_all(&process->child_wait); /* execve may wait for us */
}
HOOK(thread_left, thread_has_left);

/*
 * The process gets descriptors of its own, if other processes share them; the
 * threads of its own have ended. A reader of /proc is no sharer. 0 or -ENOMEM.
 */
static int unshare_files(struct task *task)
{
	struct files *files;

	if (READ_ONCE(task->files->refs) == 1)
		return 0;
	files = files_copy(task->files);
	if (!files)
		return -ENOMEM;
	files_put(process_set_files(task, files));
	return 0;
}

/* The same for its signal handlers. */
static int unshare_signals(struct process *process)
{
	struct sighand *old = process->sighand, *sighand;

	if (READ_ONCE(old->refs) == 1)
		return 0;
	sighand = sighand_copy(old);
	if (!sighand)
		return -ENOMEM;
	spin_lock(&process_lock); /* keeps senders away */
	process->sighand = sighand;
	spin_unlock(&process_lock);
	sighand_put(old);
	return 0;
}

static void unshare(struct task *task, int *error)
{
	*error = end_other_threads(task, task->process);
	if (!*error)
		*error = unshare_files(task);
	if (!*error)
		*error = unshare_signals(task->process);
}
HOOK(program_changes, unshare);
