/*
 * What read(2), write(2), poll(2) and ioctl(2) do to a terminal (termios(3),
 * ioctl_tty(2)) beyond what the core does.
 */
#include "kernel/abi/poll.h"
#include "kernel/abi/signal.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/string.h"
#include "kernel/mm/uaccess.h"
#include "kernel/optional/terminal/terminal.h"
#include "kernel/sched/restart.h"
#include "kernel/time/timer.h"
#include "kernel/time/timekeeper.h"

#define TENTH_NS 100000000ul

/* ---- Reading and writing ---- */

/* Is there enough to end a read(2) that wants `wanted` bytes of raw input? */
static bool is_readable(const struct tty *tty, size_t wanted)
{
	unsigned available = READ_ONCE(tty->line_end) - READ_ONCE(tty->tail);

	return tty->termios.c_lflag & ICANON ? available : available >= wanted;
}

/* Takes whatever is there. `mutex` is held. */
static long take_raw(struct tty *tty, uaddr_t to, size_t size)
{
	size_t count = MIN(size, (size_t)(tty->line_end - tty->tail));
	size_t done = tty_copy_out(tty, to, count);

	return done || !count ? (long)done : -EFAULT;
}

/* Waits for `wanted` bytes or a line: 0, -EINTR, or -ETIME at `deadline`. */
static int wait_readable(struct tty *tty, size_t wanted, uint64_t deadline)
{
	return sleep_in_queue(&tty->readable,
			      sleep_event(is_readable(tty, wanted),
					  CLOCK_MONOTONIC, deadline));
}

/* A read without lines: VMIN and VTIME (termios(3), "noncanonical mode"). */
static long read_raw(struct tty *tty, uaddr_t to, size_t size, bool nonblock)
{
	size_t minimum = MIN((size_t)tty->termios.c_cc[VMIN], size);
	size_t wanted = MAX(minimum, (size_t)1), done = 0;
	uint64_t pause = tty->termios.c_cc[VTIME] * TENTH_NS;
	uint64_t deadline = UINT64_MAX;
	long result;
	int error;

	for (;;) {
		mutex_lock(&tty->mutex);
		result = take_raw(tty, to + done, size - done);
		mutex_unlock(&tty->mutex);
		wake_all(&tty->room);
		if (result > 0)
			done += (size_t)result;
		if (result < 0 || done >= wanted || (!minimum && !pause))
			return done ? (long)done : result;
		if (nonblock)
			return done ? (long)done : -EAGAIN;
		/* the pause is for the first byte, or between two */
		if (pause && (!minimum || done))
			deadline = ktime_monotonic_ns() + pause;
		error = wait_readable(tty, pause ? 1 : wanted - done, deadline);
		if (error)
			return done || error == -ETIME ? (long)done
						       : -ERESTARTSYS;
	}
}

static long terminal_read(struct tty *tty, uaddr_t to, size_t size,
			  bool nonblock)
{
	if (tty->termios.c_lflag & ICANON)
		return tty_read_line(tty, to, size, nonblock);
	return read_raw(tty, to, size, nonblock);
}

/* Waits while ^S holds the output. */
static int terminal_may_write(struct tty *tty, bool nonblock)
{
	int error = 0;

	if (tty->termios.c_lflag & TOSTOP)
		error = tty_check_foreground(tty, SIGTTOU);
	if (error || !READ_ONCE(tty->stopped))
		return error;
	if (nonblock)
		return -EAGAIN;
	return wait_event(&tty->started, !READ_ONCE(tty->stopped))
		       ? -ERESTARTSYS
		       : 0;
}

static unsigned terminal_events(const struct tty *tty)
{
	unsigned wanted = tty->termios.c_cc[VTIME]
				  ? 1
				  : MAX((unsigned)tty->termios.c_cc[VMIN], 1u);
	unsigned events = 0;

	if (is_readable(tty, wanted))
		events |= POLLIN | POLLRDNORM;
	if (!READ_ONCE(tty->stopped))
		events |= POLLOUT | POLLWRNORM;
	return events;
}

/* ---- Settings ---- */

static void terminal_changed(struct tty *tty)
{
	tty->literal = false;
	if (!(tty->termios.c_iflag & IXON))
		WRITE_ONCE(tty->stopped, false);
	wake_all(&tty->started);
}

static long set_size(struct tty *tty, uaddr_t from)
{
	struct winsize size;
	int error = copy_from_user(&size, from, sizeof(size));
	bool changed;

	if (error)
		return error;
	mutex_lock(&tty->mutex);
	changed = memcmp(&size, &tty->size, sizeof(size)) != 0;
	tty->size = size;
	mutex_unlock(&tty->mutex);
	if (changed)
		tty_hooks.signal(tty, SIGWINCH);
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
		tty_drop_input(tty);
	mutex_unlock(&tty->mutex);
	return 0;
}

/* The requests that a background process must not make. */
static long queue_ioctl(struct tty *tty, unsigned request, uaddr_t argument)
{
	int error = tty_check_foreground(tty, SIGTTOU);

	if (error)
		return error;
	switch (request) {
	case TCFLSH:
		return flush(tty, argument);
	case TCXONC:
		return flow(tty, argument);
	default: /* TCSBRK, TCSBRKP: there is no line to break */
		return 0;
	}
}

static long terminal_ioctl(struct tty *tty, unsigned request, uaddr_t argument)
{
	switch (request) {
	case TIOCSWINSZ:
		return set_size(tty, argument);
	case FIONREAD:
		return put_user32(argument, readable_count(tty));
	case TIOCOUTQ:
		return put_user32(argument, 0);
	case TIOCEXCL:
	case TIOCNXCL:
		return 0;
	case TCFLSH:
	case TCXONC:
	case TCSBRK:
	case TCSBRKP:
		return queue_ioctl(tty, request, argument);
	default:
		return -ENOTTY;
	}
}

static const struct line_discipline terminal_discipline = {
	.take = terminal_take,
	.output = terminal_output,
	.read = terminal_read,
	.events = terminal_events,
	.may_write = terminal_may_write,
	.changed = terminal_changed,
	.ioctl = terminal_ioctl,
};

static void terminal_init(void)
{
	line_discipline = &terminal_discipline;
}
HOOK(boot, terminal_init);
