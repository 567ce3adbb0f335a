/*
 * System calls on signals: handlers, masks, the return from a handler, and
 * sending.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/percpu.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/sigframe.h"
#include "kernel/process/signal.h"
#include "kernel/sys/table.h"
#include "kernel/time/timer.h"

#define SA_KNOWN                                                              \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | \
	 SA_NODEFER | SA_RESETHAND | SA_RESTORER | SA_EXPOSE_TAGBITS)

/* ---- Handlers and masks ------------------------------------------------------- */

/* Sets what a signal does. If that is nothing, those that wait are dropped. The
 * locks are held. */
static void set_action(struct process *process, int signo,
		       const struct kernel_sigaction *new)
{
	struct kernel_sigaction *action = &process->sighand->actions[signo - 1];

	*action = *new;
	action->sa_flags &= SA_KNOWN;
	action->sa_mask &= ~SIGNALS_UNBLOCKABLE;
	if (action->sa_handler == SIG_IGN ||
	    (action->sa_handler == SIG_DFL &&
	     (sigmask(signo) & SIGNALS_IGNORED)))
		signal_flush(process, sigmask(signo));
}

/* Sets what a signal does, and tells what it did before. */
static long sys_rt_sigaction(int signo, uaddr_t new, uaddr_t old, size_t size)
{
	struct process *process = current_process();
	struct kernel_sigaction action, before;

	if (size != sizeof(sigset_t) || signo < 1 || signo > _NSIG)
		return -EINVAL;
	if (new && copy_from_user(&action, new, sizeof(action)) < 0)
		return -EFAULT;
	if (new && (sigmask(signo) & SIGNALS_UNBLOCKABLE))
		return -EINVAL;
	spin_lock(&process_lock);
	spin_lock(&process->sighand->lock);
	before = process->sighand->actions[signo - 1];
	if (new)
		set_action(process, signo, &action);
	spin_unlock(&process->sighand->lock);
	spin_unlock(&process_lock);
	return old ? copy_to_user(old, &before, sizeof(before)) : 0;
}
SYSCALL(rt_sigaction);

/* Blocks or unblocks signals of the calling thread. */
static long sys_rt_sigprocmask(int how, uaddr_t new, uaddr_t old, size_t size)
{
	sigset_t mask = current_task()->signal_mask;
	sigset_t before = mask, set;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (new) {
		if (get_user64(&set, new) < 0)
			return -EFAULT;
		if (how == SIG_BLOCK)
			mask |= set;
		else if (how == SIG_UNBLOCK)
			mask &= ~set;
		else if (how == SIG_SETMASK)
			mask = set;
		else
			return -EINVAL;
		signal_set_mask(mask);
	}
	return old ? put_user64(old, before) : 0;
}
SYSCALL(rt_sigprocmask);

/* Waits for a signal with another mask. The call ends by a handler, and the old
 * mask comes back. */
static long sys_rt_sigsuspend(uaddr_t set, size_t size)
{
	sigset_t mask;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (get_user64(&mask, set) < 0)
		return -EFAULT;
	signal_suspend_mask(mask);
	sleep_until(CLOCK_MONOTONIC, UINT64_MAX);
	return -ERESTARTNOHAND;
}
SYSCALL(rt_sigsuspend);

/* A handler's return goes through this call: libc's SA_RESTORER makes it. */
static long sys_rt_sigreturn(void)
{
	struct trapframe *tf = user_trapframe();

	if (sigframe_restore(tf) < 0)
		signal_force_segv();
	return (long)tf->rax;
}
SYSCALL(rt_sigreturn);

/* ---- Sending ------------------------------------------------------------------ */

/* A `pid` of 0 or below names several processes: the part jobs sends to them. */
static long sys_kill(int pid, int signo)
{
	long result = -ESRCH;
	siginfo_t info;

	if (signo < 0 || signo > _NSIG)
		return -EINVAL;
	info = signal_info(signo, SI_USER);
	if (pid > 0)
		return signal_send_number(pid, &info);
	spin_lock(&process_lock);
	HOOK_CALL(signal_group, pid, &info, &result);
	spin_unlock(&process_lock);
	return result;
}
SYSCALL(kill);

/* Sends to the thread `tid`, of the process `pid` or, if that is 0, of any. */
static long send_to_thread(int pid, int tid, int signo)
{
	siginfo_t info;
	struct pid *number;
	long result = -ESRCH;

	if (signo < 0 || signo > _NSIG)
		return -EINVAL;
	info = signal_info(signo, SI_TKILL);
	spin_lock(&process_lock);
	number = pid_find(tid);
	if (number && number->task &&
	    (!pid || number->task->process->pid->number == pid))
		result = signal_send_permitted(number->task->process,
					       number->task, &info);
	spin_unlock(&process_lock);
	return result;
}

static long sys_tkill(int tid, int signo)
{
	return tid > 0 ? send_to_thread(0, tid, signo) : -EINVAL;
}
SYSCALL(tkill);

/* raise(3) is this call. */
static long sys_tgkill(int pid, int tid, int signo)
{
	return pid > 0 && tid > 0 ? send_to_thread(pid, tid, signo) : -EINVAL;
}
SYSCALL(tgkill);
