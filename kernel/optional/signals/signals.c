/*
 * The part signals: what a shell and a C library's start-up do without. Signals
 * wait in queues with all that is known of them (queue.c), a handler may run on
 * a stack of its own (altstack.c); and the calls sigtimedwait(2) and its kin,
 * which take a signal without a handler, sigqueue(3), sigpending(2), pause(2)
 * and sigaltstack(2).
 *
 * Without it a signal is one bit: a handler learns who sent it by nothing, and
 * only a fault's address is kept. Threaded servers, language runtimes and tests
 * miss the part. It needs the part usage, whose RLIMIT_SIGPENDING keeps the queues
 * short.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/signal.h"
#include "kernel/sys/table.h"
#include "kernel/sys/time.h"
#include "kernel/time/timer.h"

/* Takes a signal of `set`: its number. If there is none, it returns 0 and the
 * thread awaits them, unless it is to `give_up`. */
static int take_awaited(sigset_t set, siginfo_t *info, bool give_up)
{
	struct task *task = current_task();
	struct spinlock *lock = &task->process->sighand->lock;
	int signo;

	spin_lock(lock);
	signo = signal_peek(task, set);
	if (signo)
		signal_dequeue(task, signo, info);
	task->signal_awaited = signo || give_up ? 0 : set;
	signal_recalculate(task);
	spin_unlock(lock);
	return signo;
}

/* Waits for a signal of `set` until `deadline` (CLOCK_MONOTONIC, ns): its
 * number, -EAGAIN, or -EINTR when another one came. */
static int wait_for_signal(sigset_t set, siginfo_t *info, uint64_t deadline)
{
	int signo, ended;

	ended = sleep_event((signo = take_awaited(set, info, false)),
			    CLOCK_MONOTONIC, deadline);
	/* one may have been sent to this thread since it looked last */
	if (!signo)
		signo = take_awaited(set, info, true);
	HOOK_CALL(signals_unwanted, set);
	if (signo)
		return signo;
	return ended == -ETIME ? -EAGAIN : ended;
}

static long sys_rt_sigtimedwait(uaddr_t set, uaddr_t to, uaddr_t timeout,
				size_t size)
{
	uint64_t deadline;
	sigset_t wanted;
	siginfo_t info;
	int result;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (get_user64(&wanted, set) < 0)
		return -EFAULT;
	result = get_deadline(&deadline, timeout);
	if (result)
		return result;
	result = wait_for_signal(wanted & ~SIGNALS_UNBLOCKABLE, &info,
				 deadline);
	if (result > 0 && to && copy_to_user(to, &info, sizeof(info)) < 0)
		return -EFAULT;
	return result;
}
SYSCALL(rt_sigtimedwait);

static long sys_rt_sigpending(uaddr_t set, size_t size)
{
	struct task *task = current_task();
	sigset_t pending = task->signal_pending | task->process->signal_pending;

	if (size > sizeof(sigset_t))
		return -EINVAL;
	pending &= task->signal_mask;
	return copy_to_user(set, &pending, size);
}
SYSCALL(rt_sigpending);

static long sys_pause(void)
{
	sleep_until(CLOCK_MONOTONIC, UINT64_MAX);
	return -ERESTARTNOHAND;
}
SYSCALL(pause);

static long sys_rt_sigqueueinfo(int pid, int signo, uaddr_t from)
{
	siginfo_t info;

	if (copy_from_user(&info, from, sizeof(info)) < 0)
		return -EFAULT;
	if (signo < 0 || signo > _NSIG)
		return -EINVAL;
	/* a program may not pretend to be the kernel, or kill(2) */
	if ((info.si_code >= 0 || info.si_code == SI_TKILL) &&
	    pid != current_process()->pid->number)
		return -EPERM;
	info.si_signo = signo;
	return signal_send_number(pid, &info);
}
SYSCALL(rt_sigqueueinfo);
