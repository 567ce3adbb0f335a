/*
 * What is known of signals that wait: a queue for each process and each thread.
 * A real-time signal may wait several times, each of the others once.
 */
#include "kernel/optional/signals/queue.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/kmalloc.h"

struct signal_entry {
	struct signal_entry *next; /* older first */
	siginfo_t info;
};

static struct signal_entry **queue_of(struct process *process,
				      struct task *task)
{
	return (struct signal_entry **)(task ? &task->signal_queue
					     : &process->signal_queue);
}

/* The oldest entry for `signo`, or the end of the queue. */
static struct signal_entry **queue_find(struct signal_entry **link, int signo)
{
	while (*link && (*link)->info.si_signo != signo)
		link = &(*link)->next;
	return link;
}

/* What does not fit waits without its siginfo, unless it is a real-time signal
 * that was sent with a value: -EAGAIN. */
static void queue_add(struct process *process, struct task *task,
		      const siginfo_t *info, int *error)
{
	struct signal_entry **link = queue_of(process, task), *entry = NULL;
	int signo = info->si_signo;

	if (signo < SIGRTMIN &&
	    (*signal_pending_of(process, task) & sigmask(signo)))
		return; /* it waits already */
	if (process->signals_queued <
	    process->limits[RLIMIT_SIGPENDING].rlim_cur)
		entry = kmalloc(sizeof(*entry));
	if (!entry) {
		if (signo >= SIGRTMIN && info->si_code != SI_USER)
			*error = -EAGAIN;
		return;
	}
	*entry = (struct signal_entry){ .info = *info };
	while (*link)
		link = &(*link)->next;
	*link = entry;
	process->signals_queued++;
}
HOOK(signal_added, queue_add);

static void queue_take(struct process *process, struct task *task,
		       siginfo_t *info, bool *more)
{
	struct signal_entry **queue = queue_of(process, task), *entry;
	struct signal_entry **link = queue_find(queue, info->si_signo);

	entry = *link;
	if (entry) {
		*info = entry->info;
		*link = entry->next;
		kfree(entry);
		process->signals_queued--;
		if (info->si_code == SI_TIMER)
			HOOK_CALL(timer_signal_taken, process, info);
	}
	*more = *queue_find(queue, info->si_signo) != NULL;
}
HOOK(signal_taken, queue_take);

/* Nobody sends to a process that has ended. */
static void queue_drop(struct process *process)
{
	struct signal_entry *entry;

	while ((entry = process->signal_queue)) {
		process->signal_queue = entry->next;
		kfree(entry);
	}
}
HOOK(process_ended, queue_drop);
