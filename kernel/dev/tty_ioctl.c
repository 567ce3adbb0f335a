/*
 * What ioctl(2) does to a terminal (ioctl_tty(2)): settings, window size,
 * queues, session and foreground group.
 */
#include "kernel/abi/signal.h"
#include "kernel/dev/tty.h"
#include "kernel/lib/string.h"
#include "kernel/mm/uaccess.h"

static void drop_input(struct tty *tty)
{
	tty->head = tty->line_end = tty->tail;
	wake_all(&tty->room);
}

static int set_termios(struct tty *tty, uaddr_t from, bool flush)
{
	struct termios termios;
	int error = copy_from_user(&termios, from, sizeof(termios));

	if (error)
		return error;
	mutex_lock(&tty->mutex);
	/* a line begun is read as it stands when there are no lines any more */
	if (!(termios.c_lflag & ICANON))
		WRITE_ONCE(tty->line_end, tty->head);
	tty->termios = termios;
	tty->literal = false;
	if (!(termios.c_iflag & IXON))
		WRITE_ONCE(tty->stopped, false);
	if (flush)
		drop_input(tty);
	mutex_unlock(&tty->mutex);
	wake_all(&tty->started);
	wake_all(&tty->readable);
	return 0;
}

static int set_size(struct tty *tty, uaddr_t from)
{
	struct winsize size;
	int error = copy_from_user(&size, from, sizeof(size)), group;

	if (error)
		return error;
	mutex_lock(&tty->mutex);
	group = memcmp(&size, &tty->size, sizeof(size)) ? tty->group : 0;
	tty->size = size;
	mutex_unlock(&tty->mutex);
	if (group)
		tty_hooks.signal_group(group, SIGWINCH);
	return 0;
}

static int set_group(struct tty *tty, uaddr_t from)
{
	uint32_t group;
	int error = tty_check_foreground(tty, SIGTTOU), session;

	if (!error)
		error = get_user32(&group, from);
	if (error)
		return error;
	if (tty_hooks.terminal() != tty)
		return -ENOTTY;
	if ((int)group <= 0)
		return -EINVAL;
	session = tty_hooks.session_of((int)group);
	if (!session)
		return -ESRCH;
	if (session != tty_hooks.session())
		return -EPERM;
	tty->group = (int)group;
	return 0;
}

/* How many bytes a read would give. */
static uint32_t readable_count(struct tty *tty)
{
	uint32_t count = 0;

	mutex_lock(&tty->mutex);
	for (unsigned i = tty->tail; i != tty->line_end; i++)
		if (tty->input[i % TTY_INPUT] ||
		    !bitmap_test(tty->ends, i % TTY_INPUT))
			count++;
	mutex_unlock(&tty->mutex);
	return count;
}

static int flow(struct tty *tty, uaddr_t action)
{
	if (action > TCION)
		return -EINVAL;
	if (action == TCOOFF)
		WRITE_ONCE(tty->stopped, true);
	if (action == TCOON) {
		WRITE_ONCE(tty->stopped, false);
		wake_all(&tty->started);
	}
	return 0;
}

static int flush(struct tty *tty, uaddr_t queue)
{
	if (queue > TCIOFLUSH)
		return -EINVAL;
	mutex_lock(&tty->mutex);
	if (queue != TCOFLUSH) /* nothing waits for output */
		drop_input(tty);
	mutex_unlock(&tty->mutex);
	return 0;
}

/* The requests about sessions and groups. */
static long session_ioctl(struct tty *tty, unsigned request, uaddr_t argument)
{
	bool ours = tty_hooks.terminal && tty_hooks.terminal() == tty;

	if (request == TIOCSCTTY)
		return tty_acquire(tty);
	if (!ours)
		return -ENOTTY;
	switch (request) {
	case TIOCGPGRP:
		return put_user32(argument, (uint32_t)tty->group);
	case TIOCSPGRP:
		return set_group(tty, argument);
	case TIOCGSID:
		return put_user32(argument, (uint32_t)tty->session);
	default: /* TIOCNOTTY */
		tty_hooks.set_terminal(NULL);
		if (tty_hooks.is_leader())
			tty_session_ended(tty, tty->session);
		return 0;
	}
}

/* The requests that a background process must not make. */
static long settings_ioctl(struct tty *tty, unsigned request, uaddr_t argument)
{
	int error = tty_check_foreground(tty, SIGTTOU);

	if (error)
		return error;
	switch (request) {
	case TCSETS:
	case TCSETSW: /* output has gone when write(2) returns */
		return set_termios(tty, argument, false);
	case TCSETSF:
		return set_termios(tty, argument, true);
	case TCFLSH:
		return flush(tty, argument);
	case TCXONC:
		return flow(tty, argument);
	default: /* TCSBRK, TCSBRKP: there is no line to break */
		return 0;
	}
}

long tty_ioctl(struct tty *tty, unsigned request, uaddr_t argument)
{
	switch (request) {
	case TCGETS:
		return copy_to_user(argument, &tty->termios,
				    sizeof(tty->termios));
	case TIOCGWINSZ:
		return copy_to_user(argument, &tty->size, sizeof(tty->size));
	case TIOCSWINSZ:
		return set_size(tty, argument);
	case FIONREAD:
		return put_user32(argument, readable_count(tty));
	case TIOCOUTQ:
		return put_user32(argument, 0);
	case TIOCEXCL:
	case TIOCNXCL:
		return 0;
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCFLSH:
	case TCXONC:
	case TCSBRK:
	case TCSBRKP:
		return settings_ioctl(tty, request, argument);
	case TIOCSCTTY:
	case TIOCGPGRP:
	case TIOCSPGRP:
	case TIOCGSID:
	case TIOCNOTTY:
		return session_ioctl(tty, request, argument);
	default:
		return -ENOTTY;
	}
}
