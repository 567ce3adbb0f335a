/*
 * Controlling terminals. Who owns a terminal is said by three pointers, all
 * under process_lock: tty->session and tty->group, which hold references, and
 * process->tty. A process whose `tty` is not NULL is a member of that
 * terminal's session. acquire_terminal() and release_terminal() are the only
 * functions that change the owner.
 */
#include "kernel/optional/jobs/jobs.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/abi/termios.h"
#include "kernel/dev/tty.h"
#include "kernel/mm/uaccess.h"

/* ---- The owner; process_lock is held -------------------------------------- */

/* The current process's session gets the terminal. Only its leader may ask,
 * if neither has another one. Returns 0 or -EPERM. */
static int acquire_terminal(struct tty *tty)
{
	struct process *me = current_process();

	if (me->session != me->pid)
		return -EPERM;
	if (tty->session == me->session)
		return 0;
	if (tty->session || me->tty)
		return -EPERM;
	pid_get(me->session);
	pid_get(me->group);
	tty->session = me->session;
	tty->group = me->group;
	me->tty = tty;
	return 0;
}

/* The session has a terminal no more: its leader has given it up or ends. */
static void release_terminal(struct tty *tty)
{
	struct pid *session = tty->session, *group = tty->group;
	struct process *member;

	list_for_each_entry (member, &session->session, session_node)
		member->tty = NULL;
	tty->session = tty->group = NULL;
	group_signal(group, SIGHUP);
	group_signal(group, SIGCONT);
	pid_put(group);
	pid_put(session);
}

/* Another group of the session comes to the foreground. */
static int set_foreground(struct tty *tty, int number)
{
	struct pid *group = pid_find(number);
	struct process *member;

	if (current_process()->tty != tty)
		return -ENOTTY;
	if (!group)
		return -ESRCH;
	member = list_first(&group->group, struct process, group_node);
	if (!member)
		return -ESRCH;
	if (member->session != tty->session)
		return -EPERM;
	pid_get(group);
	pid_put(tty->group);
	tty->group = group;
	return 0;
}

/* The process's last thread begins to end. */
static void hang_up_session(struct process *process)
{
	spin_lock(&process_lock);
	if (process->tty && process->session == process->pid)
		release_terminal(process->tty);
	spin_unlock(&process_lock);
}
HOOK(process_ending, hang_up_session);

/* ---- What terminals ask: see struct tty_hooks ----------------------------- */

static struct tty *own_terminal(void)
{
	return READ_ONCE(current_process()->tty);
}

static void terminal_opened(struct tty *tty)
{
	spin_lock(&process_lock);
	/* if it cannot become the controlling terminal, opening it still
	 * succeeds */
	acquire_terminal(tty);
	spin_unlock(&process_lock);
}

static void signal_foreground(struct tty *tty, int signo)
{
	spin_lock(&process_lock);
	if (tty->group)
		group_signal(tty->group, signo);
	spin_unlock(&process_lock);
}

static bool is_blocked_or_ignored(int signo)
{
	struct task *task = current_task();
	struct sighand *sighand = task->process->sighand;
	bool result;

	spin_lock(&sighand->lock);
	result = (task->signal_mask & sigmask(signo)) ||
		 sighand->actions[signo - 1].sa_handler == SIG_IGN;
	spin_unlock(&sighand->lock);
	return result;
}

static int check_foreground(struct tty *tty, int signo)
{
	struct process *me = current_process();
	int result = 0;

	spin_lock(&process_lock);
	if (me->tty != tty || me->group == tty->group) {
		result = 0;
	} else if (is_blocked_or_ignored(signo)) {
		result = signo == SIGTTIN ? -EIO : 0;
	} else if (group_is_orphaned(me->group, NULL)) {
		result = -EIO;
	} else {
		group_signal(me->group, signo);
		result = -ERESTARTSYS;
	}
	spin_unlock(&process_lock);
	return result;
}

/* ---- ioctl(2) ------------------------------------------------------------- */

static long ioctl_set_foreground(struct tty *tty, uaddr_t from)
{
	uint32_t group;
	int error = check_foreground(tty, SIGTTOU);

	if (error)
		return error == -EIO ? -ENOTTY : error;
	if (get_user32(&group, from) < 0)
		return -EFAULT;
	if ((int)group < 0)
		return -EINVAL;
	spin_lock(&process_lock);
	error = set_foreground(tty, (int)group);
	spin_unlock(&process_lock);
	return error;
}

static long ioctl_get(struct tty *tty, bool session, uaddr_t to)
{
	int number = 0;

	spin_lock(&process_lock);
	if (current_process()->tty == tty)
		number = (session ? tty->session : tty->group)->number;
	spin_unlock(&process_lock);
	return number ? put_user32(to, (uint32_t)number) : -ENOTTY;
}

static long ioctl_acquire(struct tty *tty)
{
	int error;

	spin_lock(&process_lock);
	error = acquire_terminal(tty);
	spin_unlock(&process_lock);
	return error;
}

static long ioctl_give_up(struct tty *tty)
{
	struct process *me = current_process();
	int error = 0;

	spin_lock(&process_lock);
	if (me->tty != tty)
		error = -ENOTTY;
	else if (me->session == me->pid)
		release_terminal(tty);
	else
		me->tty = NULL;
	spin_unlock(&process_lock);
	return error;
}

static long jobs_ioctl(struct tty *tty, unsigned request, uaddr_t argument)
{
	switch (request) {
	case TIOCSCTTY:
		return ioctl_acquire(tty);
	case TIOCGPGRP:
		return ioctl_get(tty, false, argument);
	case TIOCSPGRP:
		return ioctl_set_foreground(tty, argument);
	case TIOCGSID:
		return ioctl_get(tty, true, argument);
	case TIOCNOTTY:
		return ioctl_give_up(tty);
	default:
		return -ENOTTY;
	}
}

static void jobs_init(void)
{
	tty_hooks = (struct tty_hooks){
		.signal = signal_foreground,
		.own = own_terminal,
		.opened = terminal_opened,
		.foreground = check_foreground,
		.ioctl = jobs_ioctl,
	};
}
HOOK(boot, jobs_init);
