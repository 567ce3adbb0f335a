/*
 * What a thread does about its signals on its way to ring 3: it ignores them,
 * stops, dies, or starts a handler. Also the mask that says which signals are to
 * wait.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/lib/string.h"
#include "kernel/process/exit.h"
#include "kernel/process/report.h"
#include "kernel/process/sigframe.h"
#include "kernel/process/signal.h"

/* ---- Masks --------------------------------------------------------------- */

void signal_recalculate(struct task *task)
{
	if (signal_peek(task, ~task->signal_mask) || task->process->stop_signal)
		context_set_work(&task->context, WORK_SIGNAL);
	else
		context_clear_work(&task->context, WORK_SIGNAL);
}

void signal_set_mask(sigset_t mask)
{
	struct task *task = current_task();
	struct spinlock *lock = &task->process->sighand->lock;
	sigset_t unwanted;

	mask &= ~SIGNALS_UNBLOCKABLE;
	unwanted = mask & ~task->signal_mask;
	spin_lock(lock);
	task->signal_mask = mask;
	signal_recalculate(task);
	spin_unlock(lock);
	HOOK_CALL(signals_unwanted, unwanted);
}

void signal_suspend_mask(sigset_t mask)
{
	struct task *task = current_task();

	task->signal_saved = task->signal_mask;
	task->signal_restore = true;
	signal_set_mask(mask);
}

void signal_resume_mask(void)
{
	struct task *task = current_task();

	if (!task->signal_restore)
		return;
	signal_set_mask(task->signal_saved);
	task->signal_restore = false;
	task->signal_saved = 0;
}

bool signal_is_fatal(void)
{
	return READ_ONCE(current_task()->signal_pending) & sigmask(SIGKILL);
}

/* ---- Delivery ------------------------------------------------------------- */

enum disposition {
	IGNORE,
	STOP,
	DIE,
	HANDLE,
};

/* Decides what is done about a signal. Both locks are held. */
static enum disposition disposition(const struct task *task, int signo)
{
	struct process *process = task->process;
	uint64_t handler = process->sighand->actions[signo - 1].sa_handler;
	sigset_t mask = sigmask(signo);

	if (signo == SIGKILL)
		return DIE;
	if (handler == SIG_IGN)
		return task->signal_forced & mask ? DIE : IGNORE;
	if (handler != SIG_DFL)
		return HANDLE;
	if ((mask & SIGNALS_IGNORED) || process->unkillable)
		return IGNORE;
	return mask & SIGNALS_STOPPING ? STOP : DIE;
}

/* The thread may sleep here as long as its process is stopped. */
bool signal_deal_quietly(void)
{
	struct task *task = current_task();
	struct process *process = task->process;
	struct spinlock *lock = &process->sighand->lock;
	enum disposition what = IGNORE;
	siginfo_t info;
	int signo;

	do {
		spin_lock(&process_lock);
		while (process->stop_signal && !signal_is_fatal())
			HOOK_CALL(thread_stops, process);
		spin_lock(lock);
		signo = signal_peek(task, ~task->signal_mask);
		what = signo ? disposition(task, signo) : IGNORE;
		if (what == STOP)
			HOOK_CALL(signal_stops, process, signo);
		if (signo && what < DIE)
			signal_dequeue(task, signo, &info);
		signal_recalculate(task);
		spin_unlock(lock);
		spin_unlock(&process_lock);
		if (!signo)
			return true;
	} while (what < DIE);
	return false;
}

/* Takes the next signal if it has a handler, and returns its number, or 0 if
 * another thread took it first. A signal that kills ends the process here. */
static int deliver_take(siginfo_t *info, struct kernel_sigaction *action)
{
	struct task *task = current_task();
	struct process *process = task->process;
	enum disposition what = IGNORE;
	int signo;

	spin_lock(&process_lock);
	spin_lock(&process->sighand->lock);
	signo = signal_peek(task, ~task->signal_mask);
	if (signo)
		what = disposition(task, signo);
	if (what == HANDLE) {
		struct kernel_sigaction *now =
			&process->sighand->actions[signo - 1];

		signal_dequeue(task, signo, info);
		task->signal_forced &= ~sigmask(signo);
		*action = *now;
		if (now->sa_flags & SA_RESETHAND)
			now->sa_handler = SIG_DFL;
	}
	spin_unlock(&process->sighand->lock);
	spin_unlock(&process_lock);
	if (what == DIE)
		exit_group(signo);
	return what == HANDLE ? signo : 0;
}

/* Lets an interrupted system call end with EINTR, or be made again. `action` is
 * that of the handler that runs first, or NULL. */
static void restart_syscall(struct trapframe *tf,
			    const struct kernel_sigaction *action)
{
	long result = (long)tf->rax;

	if (!trap_is_syscall(tf))
		return;
	if ((result == -ERESTARTNOHAND && action) ||
	    (result == -ERESTARTSYS && action &&
	     !(action->sa_flags & SA_RESTART))) {
		tf->rax = (uint64_t)-EINTR;
	} else if (result == -ERESTARTNOHAND || result == -ERESTARTSYS ||
		   result == -ERESTARTNOINTR) {
		tf->rax = tf->code;
		tf->rip -= 2; /* SYSCALL and INT 0x80 have two bytes each */
	}
}

/* Makes the thread enter the handler when it comes to ring 3. Without room for
 * the frame it gets SIGSEGV instead. */
static void start_handler(struct trapframe *tf, const siginfo_t *info,
			  const struct kernel_sigaction *action)
{
	struct task *task = current_task();
	int signo = info->si_signo;
	sigset_t old = task->signal_restore ? task->signal_saved
					    : task->signal_mask;
	sigset_t mask = task->signal_mask | action->sa_mask;

	if (!(action->sa_flags & SA_NODEFER))
		mask |= sigmask(signo);
	task->signal_restore = false;
	task->signal_saved = 0;
	if (sigframe_build(tf, action, info, old) < 0) {
		if (signo == SIGSEGV)
			exit_group(SIGSEGV);
		signal_force_segv();
		return;
	}
	signal_set_mask(mask);
}

/* Deals with all signals, up to one with a handler. Not inlined, so that its
 * variables lie in the part of the stack that the caller has poisoned. */
static __attribute__((noinline)) void deliver(struct trapframe *tf)
{
	struct kernel_sigaction action;
	siginfo_t info;

	while (!signal_deal_quietly()) {
		if (deliver_take(&info, &action)) {
			restart_syscall(tf, &action);
			start_handler(tf, &info, &action);
			return;
		}
	}
	restart_syscall(tf, NULL);
	signal_resume_mask();
}

/* Called on each return to ring 3 with work to do, interrupts on. */
void signal_return_work(struct trapframe *tf)
{
	struct task *task = current_task();

	if (ASSERTIONS)
		HOOK_CALL(kernel_entered);
	if (READ_ONCE(task->context.work) & WORK_RESCHEDULE)
		schedule();
	if (READ_ONCE(task->context.work) & WORK_SIGNAL)
		deliver(tf);
}

/* ---- Faults --------------------------------------------------------------- */

/* Has the signal a handler that would run now? */
static bool is_caught(struct task *task, int signo)
{
	struct sighand *sighand = task->process->sighand;
	bool caught;

	spin_lock(&sighand->lock);
	caught = sighand->actions[signo - 1].sa_handler > SIG_IGN &&
		 !(task->signal_mask & sigmask(signo));
	spin_unlock(&sighand->lock);
	return caught;
}

/* Called for an exception in ring 3. One that ends the program is reported. */
void signal_user_fault(struct trapframe *tf, int signo, int code,
		       uaddr_t address)
{
	siginfo_t info = {
		.si_signo = signo,
		.si_code = code,
		.si_addr = address,
	};

	if (!is_caught(current_task(), signo))
		report_fault(tf, signo, address);
	signal_force(&info);
}
