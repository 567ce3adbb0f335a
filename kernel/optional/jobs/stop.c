/*
 * Stopping and continuing: a process stops when the last of its threads does,
 * each on its way to ring 3, and all run again by SIGCONT.
 */
#include "kernel/optional/jobs/jobs.h"

#include "kernel/abi/signal.h"

/* Tells the parent that `process` stopped or runs again. process_lock held. */
static void tell_parent(struct process *process, int code, int status)
{
	struct process *parent = process->parent;
	struct kernel_sigaction *action;
	bool wanted;

	if (!parent)
		return;
	spin_lock(&parent->sighand->lock);
	action = &parent->sighand->actions[SIGCHLD - 1];
	wanted = action->sa_handler != SIG_IGN &&
		 !(action->sa_flags & SA_NOCLDSTOP);
	spin_unlock(&parent->sighand->lock);
	signal_notify_parent(process, wanted ? SIGCHLD : 0, code, status);
}

/* The default action of a signal is to stop: all threads shall. A terminal's
 * stop signal is ignored by a group that no shell would continue. */
static void begin_stop(struct process *process, int signo)
{
	struct task *task;

	if (process->stop_signal ||
	    (signo != SIGSTOP && group_is_orphaned(process->group, NULL)))
		return;
	process->stop_signal = signo;
	process->continue_unreported = false;
	list_for_each_entry (task, &process->threads, thread) {
		context_set_work(&task->context, WORK_SIGNAL);
		sched_wake(task, WAKE_INTERRUPTIBLE);
	}
}
HOOK(signal_stops, begin_stop);

/* Have all threads of a process that is to stop done so? */
static void check_stopped(struct process *process)
{
	if (!process->stop_signal || process->exiting ||
	    process->stopped_threads != process->thread_count)
		return;
	process->stop_unreported = true;
	tell_parent(process, CLD_STOPPED, process->stop_signal);
}
HOOK(thread_left, check_stopped);

static void stop_thread(struct process *process)
{
	struct task *task = current_task();

	task->stopped = true;
	process->stopped_threads++;
	check_stopped(process);
	sched_set_state(TASK_STOPPED);
	spin_unlock(&process_lock);
	schedule();
	spin_lock(&process_lock);
	/* SIGCONT has counted it down already; a thread that is to end, because
	 * another one calls execve(), has not been continued */
	if (task->stopped) {
		task->stopped = false;
		process->stopped_threads--;
	}
}
HOOK(thread_stops, stop_thread);

static void continue_process(struct process *process)
{
	bool was_stopped = process->stopped_threads == process->thread_count;
	struct task *task;

	process->stop_signal = 0;
	process->stopped_threads = 0;
	process->stop_unreported = false;
	process->continue_unreported = was_stopped;
	list_for_each_entry (task, &process->threads, thread) {
		task->stopped = false;
		sched_wake(task, 1u << TASK_STOPPED);
	}
	if (was_stopped)
		tell_parent(process, CLD_CONTINUED, SIGCONT);
}

/* SIGCONT undoes a stop, and a stop signal undoes SIGCONT, even if the signal
 * itself is ignored or blocked. */
static void stop_or_continue(struct process *process, int signo)
{
	sigset_t undone = signo == SIGCONT                    ? SIGNALS_STOPPING
			  : sigmask(signo) & SIGNALS_STOPPING ? sigmask(SIGCONT)
							      : 0;

	if (!undone)
		return;
	spin_lock(&process->sighand->lock);
	signal_flush(process, undone);
	spin_unlock(&process->sighand->lock);
	if (signo == SIGCONT && process->stop_signal)
		continue_process(process);
}
HOOK(signal_sending, stop_or_continue);

/* ---- Orphaned groups ------------------------------------------------------ */

/* `leaving` is about to end, and was perhaps the last that would have continued
 * the group: if any of it has stopped, all are told (POSIX, exit()). */
static void hang_up(struct pid *group, const struct process *leaving)
{
	struct process *member;
	bool stopped = false;

	list_for_each_entry (member, &group->group, group_node)
		stopped |= member->stop_signal != 0;
	if (!stopped || !group_is_orphaned(group, leaving))
		return;
	group_signal(group, SIGHUP);
	group_signal(group, SIGCONT);
}

/* `parent` ends, or `process` does: does its group miss it? */
static void hang_up_if_orphaned(struct process *process, struct process *parent,
				const struct process *leaving)
{
	if (parent && parent->group != process->group &&
	    parent->session == process->session)
		hang_up(process->group, leaving);
}

static void child_reparented(struct process *child, struct process *from)
{
	hang_up_if_orphaned(child, from, NULL);
}
HOOK(process_reparented, child_reparented);

static void process_over(struct process *process)
{
	process->stop_signal = 0;
	process->stop_unreported = false;
	process->continue_unreported = false;
	hang_up_if_orphaned(process, process->parent, process);
}
HOOK(process_ended, process_over);
