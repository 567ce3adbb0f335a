/*
 * Signals of a process with several threads: which of them takes one, who gets
 * it when that one does not want it any more, and how one thread ends the
 * others.
 */
#include "kernel/process/exit.h"
#include "kernel/process/signal.h"
#include "kernel/sched/sched.h"

/* Chooses the first thread that can take the signal. */
static void choose_thread(struct process *process, int signo,
			  struct task **chosen)
{
	struct task *task;

	*chosen = NULL;
	list_for_each_entry (task, &process->threads, thread) {
		if (signal_wanted(task, signo)) {
			*chosen = task;
			return;
		}
	}
}
HOOK(signal_chooses, choose_thread);

/*
 * A sender that had chosen the current thread for one of these signals has woken
 * no other thread, so all threads that want what waits are woken.
 */
static void hand_on(sigset_t unwanted)
{
	struct process *process = current_process();
	struct task *task;

	if (!(READ_ONCE(process->signal_pending) & unwanted))
		return;
	spin_lock(&process_lock);
	spin_lock(&process->sighand->lock);
	list_for_each_entry (task, &process->threads, thread) {
		if (!(process->signal_pending &
		      (~task->signal_mask | task->signal_awaited)))
			continue;
		context_set_work(&task->context, WORK_SIGNAL);
		sched_wake(task, WAKE_INTERRUPTIBLE);
	}
	spin_unlock(&process->sighand->lock);
	spin_unlock(&process_lock);
}
HOOK(signals_unwanted, hand_on);

/* All signals of the process, SIGSTOP too, are for its other threads from now
 * on. */
static void retire(struct task *task)
{
	struct spinlock *lock = &task->process->sighand->lock;

	spin_lock(lock);
	task->signal_mask = ~0ul;
	signal_recalculate(task);
	spin_unlock(lock);
	hand_on(~0ul);
}
HOOK(thread_ends, retire);

static void kill_others(struct process *process)
{
	spin_lock(&process->sighand->lock);
	signal_kill_threads(process, current_task());
	spin_unlock(&process->sighand->lock);
}
HOOK(group_exits, kill_others);
