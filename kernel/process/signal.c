/*
 * Sending signals: which signals wait for a process or a thread, and which thread
 * is woken. What a thread does about them on its way to ring 3 is in deliver.c.
 */
#include "kernel/process/signal.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/time/tick.h"

/* These are taken before all others, while the instruction that caused the fault
 * is still the current one. */
#define SIGNALS_SYNCHRONOUS                                     \
	(sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGILL) | \
	 sigmask(SIGTRAP) | sigmask(SIGFPE) | sigmask(SIGSYS))

struct sighand *sighand_new(void)
{
	struct sighand *sighand = kzalloc(sizeof(*sighand));

	if (!sighand)
		return NULL;
	sighand->lock = SPINLOCK_INIT(RANK_SIGNAL);
	sighand->refs = 1;
	return sighand;
}

struct sighand *sighand_copy(struct sighand *from)
{
	struct sighand *sighand = kmalloc(sizeof(*sighand));

	if (!sighand)
		return NULL;
	sighand->lock = SPINLOCK_INIT(RANK_SIGNAL);
	sighand->refs = 1;
	spin_lock(&from->lock);
	memcpy(sighand->actions, from->actions, sizeof(from->actions));
	spin_unlock(&from->lock);
	return sighand;
}

void sighand_get(struct sighand *sighand)
{
	atomic_fetch_add(&sighand->refs, 1);
}

void sighand_put(struct sighand *sighand)
{
	if (atomic_fetch_sub(&sighand->refs, 1) == 1)
		kfree(sighand);
}

void sighand_reset(struct sighand *sighand)
{
	struct kernel_sigaction *action;

	for (int i = 0; i < _NSIG; i++) {
		action = &sighand->actions[i];
		if (action->sa_handler > SIG_IGN)
			action->sa_handler = SIG_DFL;
		action->sa_flags = 0;
		action->sa_mask = 0;
	}
}

siginfo_t signal_info(int signo, int code)
{
	struct process *process = current_process();

	return (siginfo_t){
		.si_signo = signo,
		.si_code = code,
		.si_pid = process->pid->number,
		.si_uid = process->credentials.uid,
	};
}

/* ---- What waits --------------------------------------------------------- */

/* Adds a signal to those that wait for `task`, or if that is NULL for any thread
 * of the process. Returns 0, or an error of a part. */
static int signal_add(struct process *process, struct task *task,
		      const siginfo_t *info)
{
	int error = 0;

	HOOK_CALL(signal_added, process, task, info, &error);
	if (!error)
		*signal_pending_of(process, task) |= sigmask(info->si_signo);
	return error;
}

/* Takes one of them away. Its *info says little without the part signals. */
static void signal_take(struct process *process, struct task *task, int signo,
			siginfo_t *info)
{
	bool more = false;

	memset(info, 0, sizeof(*info));
	info->si_signo = signo;
	HOOK_CALL(signal_taken, process, task, info, &more);
	if (!more)
		*signal_pending_of(process, task) &= ~sigmask(signo);
	if (task && (task->signal_forced & sigmask(signo))) {
		info->si_code = task->fault_code;
		info->si_addr = task->fault_address;
	}
}

/* Returns the lowest number in a set, or 0 for an empty one. */
static int lowest(sigset_t set)
{
	return set ? __builtin_ctzl(set) + 1 : 0;
}

int signal_peek(const struct task *task, sigset_t set)
{
	sigset_t pending = task->signal_pending | task->process->signal_pending;

	pending &= set;
	if (pending & SIGNALS_SYNCHRONOUS)
		pending &= SIGNALS_SYNCHRONOUS;
	return lowest(pending);
}

void signal_dequeue(struct task *task, int signo, siginfo_t *info)
{
	bool own = task->signal_pending & sigmask(signo);

	signal_take(task->process, own ? task : NULL, signo, info);
}

/* Takes all of `set` away from `task`, or from the process if that is NULL. */
static void signal_drop(struct process *process, struct task *task,
			sigset_t set)
{
	siginfo_t info;
	int signo;

	while ((signo = lowest(*signal_pending_of(process, task) & set)))
		signal_take(process, task, signo, &info);
}

void signal_flush_thread(struct task *task, sigset_t set)
{
	signal_drop(task->process, task, set);
}

void signal_flush(struct process *process, sigset_t set)
{
	struct task *task;

	signal_drop(process, NULL, set);
	list_for_each_entry (task, &process->threads, thread)
		signal_drop(process, task, set & ~task->signal_forced);
}

/* ---- Sending ------------------------------------------------------------ */

/* Lets the thread look at its signals: now, if it sleeps in one of `states`. */
static void signal_wake(struct task *task, unsigned states)
{
	context_set_work(&task->context, WORK_SIGNAL);
	sched_wake(task, states);
}

bool signal_wanted(const struct task *task, int signo)
{
	return (~task->signal_mask | task->signal_awaited) & sigmask(signo);
}

/* Would the signal have no effect? `task` is NULL in a process that has no thread
 * left. */
static bool is_ignored(struct process *process, const struct task *task,
		       int signo)
{
	uint64_t handler = process->sighand->actions[signo - 1].sa_handler;

	if (handler == SIG_DFL && process->unkillable)
		return true;
	if (task &&
	    ((task->signal_mask | task->signal_awaited) & sigmask(signo)))
		return false; /* it may have a handler when it is unblocked */
	return handler == SIG_IGN ||
	       (handler == SIG_DFL && (sigmask(signo) & SIGNALS_IGNORED));
}

void signal_kill_threads(struct process *process, const struct task *spared)
{
	struct task *task;

	list_for_each_entry (task, &process->threads, thread) {
		if (task == spared)
			continue;
		task->signal_pending |= sigmask(SIGKILL);
		signal_wake(task, WAKE_ALL);
	}
}

/* Sends under the handlers' lock: see signal_send(). SIGKILL does not wait for
 * the handlers: it ends all threads at once. */
static int signal_send_locked(struct process *process, struct task *task,
			      const siginfo_t *info)
{
	int signo = info->si_signo;
	struct task *first = list_first(&process->threads, struct task, thread);
	int result;

	if (is_ignored(process, task ? task : first, signo))
		return 0;
	if (signo == SIGKILL) {
		if (!process->exiting)
			process->exit_status = SIGKILL;
		process->exiting = true;
		signal_kill_threads(process, NULL);
		return 0;
	}
	result = signal_add(process, task, info);
	if (result < 0)
		return result;
	if (!task) {
		task = first;
		HOOK_CALL(signal_chooses, process, signo, &task);
	}
	if (task && signal_wanted(task, signo))
		signal_wake(task, WAKE_INTERRUPTIBLE);
	return 0;
}

int signal_send(struct process *process, struct task *task,
		const siginfo_t *info)
{
	int result;

	if (process->zombie)
		return 0;
	HOOK_CALL(signal_sending, process, info->si_signo);
	spin_lock(&process->sighand->lock);
	result = signal_send_locked(process, task, info);
	spin_unlock(&process->sighand->lock);
	return result;
}

/* May the current process send this signal? SIGCONT may be sent to any process of
 * its session. */
static bool may_signal(const struct process *target, int signo)
{
	return process_may(target, DEED_KILL) ||
	       (signo == SIGCONT &&
		target->session == current_process()->session);
}

int signal_send_permitted(struct process *process, struct task *task,
			  const siginfo_t *info)
{
	if (!may_signal(process, info->si_signo))
		return -EPERM;
	return info->si_signo ? signal_send(process, task, info) : 0;
}

long signal_send_number(int number, const siginfo_t *info)
{
	struct process *process = NULL;
	long result = -ESRCH;
	struct pid *pid;

	spin_lock(&process_lock);
	pid = pid_find(number);
	if (pid && pid->process)
		process = pid->process;
	else if (pid && pid->task)
		process = pid->task->process;
	if (process)
		result = signal_send_permitted(process, NULL, info);
	spin_unlock(&process_lock);
	return result;
}

void signal_raise(int signo)
{
	siginfo_t info = signal_info(signo, SI_USER);

	spin_lock(&process_lock);
	signal_send(current_process(), current_task(), &info);
	spin_unlock(&process_lock);
}

void signal_force(const siginfo_t *info)
{
	struct task *task = current_task();
	struct process *process = task->process;
	sigset_t mask = sigmask(info->si_signo);
	struct kernel_sigaction *action;

	spin_lock(&process->sighand->lock);
	action = &process->sighand->actions[info->si_signo - 1];
	if (action->sa_handler == SIG_IGN || (task->signal_mask & mask))
		action->sa_handler = SIG_DFL;
	if (action->sa_handler == SIG_DFL)
		process->unkillable = false;
	task->signal_mask &= ~mask;
	task->signal_forced |= mask;
	task->fault_code = info->si_code;
	task->fault_address = info->si_addr;
	signal_add(process, task, info);
	context_set_work(&task->context, WORK_SIGNAL);
	spin_unlock(&process->sighand->lock);
}

void signal_force_segv(void)
{
	siginfo_t info = { .si_signo = SIGSEGV, .si_code = SI_KERNEL };

	signal_force(&info);
}

/* ---- Telling the parent --------------------------------------------------- */

void signal_notify_parent(struct process *process, int signo, int code,
			  int status)
{
	struct process *parent = process->parent;
	siginfo_t info;

	if (!parent)
		return;
	memset(&info, 0, sizeof(info));
	info.si_signo = signo;
	info.si_code = code;
	info.si_pid = process->pid->number;
	info.si_uid = process->credentials.uid;
	info.si_status = status;
	info.si_utime = (int64_t)clock_ticks(process->dead_usage.user_ns);
	info.si_stime = (int64_t)clock_ticks(process->dead_usage.kernel_ns);
	if (signo)
		signal_send(parent, NULL, &info);
	wake_all(&parent->child_wait);
}
