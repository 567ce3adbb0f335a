/*
 * The end of threads and processes: what they give back, who becomes the parent
 * of their children, and how a parent waits for a child and reaps it.
 */
#include "kernel/process/exit.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/wait.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/fs/path.h"
#include "kernel/mm/space.h"
#include "kernel/process/signal.h"

/* ---- Leaving --------------------------------------------------------------- */

void exit_vfork_done(struct process *process)
{
	if (!READ_ONCE(process->vfork_pending))
		return;
	WRITE_ONCE(process->vfork_pending, false);
	wake_all(&process->vfork_wait);
}

/* Gives back the address space. */
static void leave_space(struct task *task)
{
	struct space *space = task->space;

	if (!space)
		return;
	HOOK_CALL(leave_space, task);
	spin_lock(&process_lock);
	task->space = NULL;
	spin_unlock(&process_lock);
	irq_disable();
	space_activate(NULL);
	irq_enable();
	space_put(space);
}

/* Gives back descriptors and working directory. */
static void leave_files(struct task *task)
{
	struct files *files = process_set_files(task, NULL);
	struct fs_context *fs = task->fs;

	spin_lock(&process_lock);
	task->fs = NULL;
	spin_unlock(&process_lock);
	files_put(files);
	fs_context_put(fs);
}

/* Tells the parent that `process` has ended. process_lock is held. */
static void notify_parent_of_exit(struct process *process)
{
	int status = process->exit_status;
	bool exited = WIFEXITED(status);

	signal_notify_parent(process, process->exit_signal,
			     exited ? CLD_EXITED : CLD_KILLED,
			     exited ? WEXITSTATUS(status) : WTERMSIG(status));
}

/* The children of a process that ends get another parent: init, unless a part
 * chooses another one. */
static void reparent_children(struct process *process)
{
	struct process *reaper = init_process, *child, *next;

	HOOK_CALL(reaper_chosen, process, &reaper);
	list_for_each_entry_safe (child, next, &process->children, sibling) {
		list_remove(&child->sibling);
		child->parent = reaper;
		WRITE_ONCE(child->parent_number, reaper->pid->number);
		list_add_tail(&child->sibling, &reaper->children);
		child->exit_signal = SIGCHLD;
		HOOK_CALL(process_reparented, child, process);
		if (child->zombie)
			notify_parent_of_exit(child);
	}
}

/* Is the process reaped without a wait, because its parent ignores SIGCHLD? */
static bool is_autoreaped(struct process *process)
{
	struct kernel_sigaction *action;
	struct process *parent = process->parent;
	bool autoreaped;

	if (!parent || process->exit_signal != SIGCHLD)
		return false;
	spin_lock(&parent->sighand->lock);
	action = &parent->sighand->actions[SIGCHLD - 1];
	autoreaped = action->sa_handler == SIG_IGN ||
		     (action->sa_flags & SA_NOCLDWAIT);
	spin_unlock(&parent->sighand->lock);
	return autoreaped;
}

/* Without process 1 nothing goes on. */
static void die_as_init(int status)
{
	if (WIFEXITED(status))
		give_up("init ended with status %d", WEXITSTATUS(status));
	give_up("init was killed by signal %d", WTERMSIG(status));
}

/* Ends a process whose last thread has left. Returns true if no parent will wait
 * for it: then it has left the tree. process_lock is held. */
static bool end_process(struct process *process)
{
	bool autoreaped;

	if (process == init_process)
		die_as_init(process->exit_status);
	process->zombie = true;
	reparent_children(process);
	HOOK_CALL(process_ended, process);
	autoreaped = is_autoreaped(process);
	notify_parent_of_exit(process);
	if (autoreaped)
		process_unlink(process);
	return autoreaped;
}

/*
 * Takes the thread out of its process; returns what end_process() returned. If
 * that is false, the task is among the dead ones before the parent can see the
 * zombie: when wait4() returns, the memory of all threads is free again.
 */
static bool leave_process(struct task *task)
{
	struct process *process = task->process;
	struct pid *pid;
	bool gone = false;

	spin_lock(&process_lock);
	HOOK_CALL(thread_leaves, process, task);
	spin_lock(&process->sighand->lock);
	signal_flush_thread(task, ~0ul);
	list_remove(&task->thread);
	process->thread_count--;
	spin_unlock(&process->sighand->lock);
	pid = pid_find(task->id);
	pid->task = NULL;
	if (!process->thread_count)
		gone = end_process(process);
	else
		HOOK_CALL(thread_left, process);
	pid_left(pid);
	pid_put(pid);
	task->process = NULL; /* a tick may still find the task running */
	if (!gone)
		process_add_dead_task(task);
	spin_unlock(&process_lock);
	return gone;
}

/*
 * The last thread to begin its end gives the process its exit status, if
 * exit_group() or a signal has not; and it lets go of the program's file, so
 * that after wait4() the file may be written to.
 */
static void begin_to_end(struct process *process, int status)
{
	struct file *exe;

	spin_lock(&process_lock);
	if (--process->live_threads) {
		spin_unlock(&process_lock);
		return;
	}
	if (!process->exiting)
		process->exit_status = status;
	exe = process->exe;
	process->exe = NULL;
	spin_unlock(&process_lock);
	file_put(exe);
	HOOK_CALL(process_ending, process);
}

void exit_thread(int status)
{
	struct task *task = current_task();
	struct process *process = task->process;

	process_reap();
	HOOK_CALL(thread_ends, task);
	begin_to_end(process, status);
	leave_space(task);
	if (task->id == process->pid->number)
		exit_vfork_done(process);
	leave_files(task);
	if (leave_process(task)) {
		process_put(process);
		spin_lock(&process_lock);
		process_add_dead_task(task);
		spin_unlock(&process_lock);
	}
	/* nothing may sleep now: the task may be freed as soon as it is off
	 * its stack */
	sched_exit();
}

void exit_group(int status)
{
	struct process *process = current_process();

	spin_lock(&process_lock);
	if (!process->exiting && !process->executing) {
		process->exiting = true;
		process->exit_status = status;
		HOOK_CALL(group_exits, process);
	}
	spin_unlock(&process_lock);
	exit_thread(status);
}

/* ---- Waiting ---------------------------------------------------------------- */

/* Is this one of the children that the caller waits for? */
static bool wait_matches(const struct process *child, int which, int id,
			 unsigned options)
{
	if (which == P_PID && child->pid->number != id)
		return false;
	if (which == P_PGID && process_group_number(child) != id)
		return false;
	return (options & __WALL) ||
	       (child->exit_signal != SIGCHLD) == !!(options & __WCLONE);
}

/* Has this child an event to report, of those in `options`? If so, it fills in
 * *result, and takes the event away unless WNOWAIT is set. */
static bool wait_event_of(struct process *child, unsigned options,
			  struct wait_result *result)
{
	bool keep = options & WNOWAIT;

	if ((options & WEXITED) && child->zombie) {
		result->status = child->exit_status;
	} else if ((options & WSTOPPED) && child->stop_unreported) {
		result->status = child->stop_signal << 8 | 0x7f;
		child->stop_unreported = keep;
	} else if ((options & WCONTINUED) && child->continue_unreported) {
		result->status = 0xffff;
		child->continue_unreported = keep;
	} else {
		return false;
	}
	result->pid = child->pid->number;
	result->uid = child->credentials.uid;
	HOOK_CALL(child_waited, child, result);
	return true;
}

/* Looks at the children once. Returns 1 if one has an event, 0 if none has, or
 * -ECHILD. A zombie that was found leaves the tree; the caller drops the
 * reference in *reaped. */
static int wait_look(int which, int id, unsigned options,
		     struct wait_result *result, struct process **reaped)
{
	struct process *process = current_process();
	struct process *child;
	int found = -ECHILD;

	spin_lock(&process_lock);
	if (which == P_PGID && !id)
		id = process_group_number(process);
	list_for_each_entry (child, &process->children, sibling) {
		if (!wait_matches(child, which, id, options))
			continue;
		found = wait_event_of(child, options, result);
		if (found)
			break;
	}
	if (found == 1 && child->zombie && !(options & WNOWAIT)) {
		HOOK_CALL(child_reaped, process, result);
		process_unlink(child);
		*reaped = child;
	}
	spin_unlock(&process_lock);
	return found;
}

int exit_wait(int which, int id, unsigned options, struct wait_result *result)
{
	struct process *reaped = NULL;
	int found;

	if (wait_event(&current_process()->child_wait,
		       (found = wait_look(which, id, options, result,
					  &reaped)) ||
			       (options & WNOHANG)) < 0)
		return -ERESTARTSYS;
	if (reaped) {
		process_reap();
		process_put(reaped);
	}
	return found;
}
