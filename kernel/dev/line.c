/*
 * The plain line discipline: a line editor with echo, erase, ^C and ^D, which
 * obeys ICANON, ECHO, ISIG, ICRNL, OPOST and the control characters. Also the
 * ring of input that every discipline uses.
 */
#include "kernel/abi/poll.h"
#include "kernel/abi/signal.h"
#include "kernel/dev/tty.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/restart.h"

/* ---- The ring of input ---- */

size_t tty_room(const struct tty *tty)
{
	size_t room = TTY_INPUT - (tty->head - tty->tail);

	/* an unfinished line cannot be read: it must be possible to end it */
	if (tty->termios.c_lflag & ICANON && tty->line_end == tty->tail)
		return MAX(room, (size_t)1);
	return room;
}

void tty_store(struct tty *tty, uint8_t byte)
{
	if (tty->head - tty->tail == TTY_INPUT)
		tty->head--;
	bitmap_clear(tty->ends, tty->head % TTY_INPUT);
	tty->input[tty->head % TTY_INPUT] = byte;
	WRITE_ONCE(tty->head, tty->head + 1);
	if (!(tty->termios.c_lflag & ICANON))
		WRITE_ONCE(tty->line_end, tty->head);
}

void tty_end_line(struct tty *tty, uint8_t byte)
{
	tty_store(tty, byte);
	bitmap_set(tty->ends, (tty->head - 1) % TTY_INPUT);
	WRITE_ONCE(tty->line_end, tty->head);
}

void tty_drop_input(struct tty *tty)
{
	tty->head = tty->line_end = tty->tail;
	wake_all(&tty->room);
}

size_t tty_copy_out(struct tty *tty, uaddr_t to, size_t count)
{
	size_t done = 0, left = 0;

	while (done < count && !left) {
		size_t offset = tty->tail % TTY_INPUT;
		size_t chunk = MIN(count - done, TTY_INPUT - offset);

		left = copy_to_user_partial(to + done, tty->input + offset,
					    chunk);
		done += chunk - left;
		WRITE_ONCE(tty->tail, tty->tail + (unsigned)(chunk - left));
	}
	return done;
}

/* Is there a line to read, or without ICANON a byte? */
static bool line_is_readable(const struct tty *tty)
{
	return READ_ONCE(tty->line_end) != READ_ONCE(tty->tail);
}

/* Copies one line out, or as much of it as `size` holds. Returns bytes, 0 for an
 * end of file, or -EFAULT. */
static long line_take(struct tty *tty, uaddr_t to, size_t size)
{
	unsigned count = 0, limit = tty->line_end - tty->tail;
	bool at_end = false, end_of_file = false;
	size_t done;

	while (count < limit && count < size && !at_end) {
		unsigned place = (tty->tail + count) % TTY_INPUT;

		at_end = bitmap_test(tty->ends, place);
		end_of_file = at_end && !tty->input[place];
		count += !end_of_file;
	}
	done = tty_copy_out(tty, to, count);
	if (done < count)
		return done ? (long)done : -EFAULT;
	if (end_of_file)
		tty->tail++;
	return (long)done;
}

long tty_read_line(struct tty *tty, uaddr_t to, size_t size, bool nonblock)
{
	bool ready;
	long result;

	for (;;) {
		mutex_lock(&tty->mutex);
		ready = line_is_readable(tty);
		result = ready ? line_take(tty, to, size) : -EAGAIN;
		mutex_unlock(&tty->mutex);
		wake_all(&tty->room);
		if (ready || nonblock)
			return result;
		if (wait_event(&tty->readable, line_is_readable(tty)))
			return -ERESTARTSYS;
	}
}

/* ---- The editor ---- */

/* Sends `size` bytes, "\r\n" in place of "\n" with OPOST. Returns how many of
 * them were sent, which are fewer when a signal came. */
static size_t plain_output(struct tty *tty, const uint8_t *from, size_t size)
{
	bool processed = tty->termios.c_oflag & OPOST;
	size_t done = 0, run, sent;

	mutex_lock(&tty->output_mutex);
	while (done < size) {
		run = 0;
		while (done + run < size &&
		       !(processed && from[done + run] == '\n'))
			run++;
		sent = tty->port->send(tty->port, from + done, run);
		done += sent;
		if (sent < run)
			break; /* a signal: the program writes the rest again */
		if (done == size)
			break;
		if (tty->port->send(tty->port, (const uint8_t *)"\r\n", 2) < 2)
			break;
		done++;
	}
	mutex_unlock(&tty->output_mutex);
	return done;
}

static void line_echo(struct tty *tty, const char *text, size_t size)
{
	if (tty->termios.c_lflag & ECHO)
		plain_output(tty, (const uint8_t *)text, size);
}

/* Takes a byte of a line that is being typed: erase, end of file or text. */
static void line_edit(struct tty *tty, uint8_t byte)
{
	if (byte == tty->termios.c_cc[VERASE]) {
		if (tty->head == tty->line_end)
			return;
		tty->head--;
		line_echo(tty, "\b \b", 3);
	} else if (byte == tty->termios.c_cc[VEOF]) {
		tty_end_line(tty, 0);
	} else {
		line_echo(tty, (const char *)&byte, 1);
		if (byte == '\n')
			tty_end_line(tty, byte);
		else
			tty_store(tty, byte);
	}
}

/* Takes a byte that was typed: ^C becomes a signal, all else is input. */
static void line_take_byte(struct tty *tty, uint8_t byte)
{
	uint32_t flags = tty->termios.c_lflag;

	if (byte == '\r' && tty->termios.c_iflag & ICRNL)
		byte = '\n';
	if (flags & ISIG && byte && byte == tty->termios.c_cc[VINTR]) {
		tty_drop_input(tty);
		line_echo(tty, "^C", 2);
		tty_hooks.signal(tty, SIGINT);
	} else if (flags & ICANON) {
		line_edit(tty, byte);
	} else {
		line_echo(tty, (const char *)&byte, 1);
		tty_store(tty, byte);
	}
}

static void plain_take(struct tty *tty, const uint8_t *bytes, size_t count)
{
	while (count--)
		line_take_byte(tty, *bytes++);
	wake_all(&tty->readable);
}

static unsigned plain_events(const struct tty *tty)
{
	return POLLOUT | POLLWRNORM |
	       (line_is_readable(tty) ? POLLIN | POLLRDNORM : 0);
}

static const struct line_discipline plain = {
	.take = plain_take,
	.output = plain_output,
	.read = tty_read_line,
	.events = plain_events,
};

const struct line_discipline *line_discipline = &plain;
