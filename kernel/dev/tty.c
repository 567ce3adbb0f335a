/*
 * Terminals, as programs see them: reading and writing, settings, and whose
 * terminal it is. What becomes of each byte is dev/tty_line.c's.
 */
#include "kernel/dev/tty.h"

#include "kernel/abi/poll.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/dev/uart.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/restart.h"
#include "kernel/time/sleep.h"
#include "kernel/time/timekeeper.h"

#define TENTH_NS 100000000ul

static struct tty *ttys; /* in the order in which they were added */
static struct tty serial_ttys[2];

struct tty *tty_console;
struct tty_hooks tty_hooks;

static const struct termios default_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		   IEXTEN,
	.c_cc = { [VINTR] = 3,
		  [VQUIT] = 28,
		  [VERASE] = 127,
		  [VKILL] = 21,
		  [VEOF] = 4,
		  [VMIN] = 1,
		  [VSTART] = 17,
		  [VSTOP] = 19,
		  [VSUSP] = 26,
		  [VREPRINT] = 18,
		  [VDISCARD] = 15,
		  [VWERASE] = 23,
		  [VLNEXT] = 22 },
};

/* ---- The terminal's task ---- */

/* Takes what the port has and the discipline has room for. */
static void take_received(struct tty *tty)
{
	uint8_t bytes[256];
	size_t count;

	mutex_lock(&tty->mutex);
	count = port_receive(tty->port, bytes,
			     MIN(sizeof(bytes), tty_room(tty)));
	tty_take(tty, bytes, count);
	mutex_unlock(&tty->mutex);
}

static void tty_task(void *argument)
{
	struct tty *tty = argument;

	sched_finish_switch();
	irq_enable();
	for (;;) {
		wait_event_uninterruptible(&tty->port->received,
					   port_has_received(tty->port));
		wait_event_uninterruptible(&tty->room, tty_room(tty));
		take_received(tty);
	}
}

void tty_add(struct tty *tty, const char *name, unsigned minor,
	     struct port *port)
{
	struct task *task = task_new(tty_task, tty);
	struct tty **end = &ttys;

	if (!task)
		give_up("there is not enough memory for a terminal");
	tty->name = name;
	tty->minor = minor;
	tty->port = port;
	tty->termios = default_termios;
	tty->size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	mutex_init(&tty->mutex);
	mutex_init(&tty->output_mutex);
	wait_queue_init(&tty->readable);
	wait_queue_init(&tty->room);
	wait_queue_init(&tty->started);
	while (*end)
		end = &(*end)->next;
	*end = tty;
	tty_console = ttys;
	strscpy(task->name, name, sizeof(task->name));
	sched_start(task);
}

void tty_init(void)
{
	if (uarts[0].port.present)
		tty_add(&serial_ttys[0], "ttyS0", 64, &uarts[0].port);
	if (uarts[1].port.present)
		tty_add(&serial_ttys[1], "ttyS1", 65, &uarts[1].port);
}

struct tty *tty_of_minor(unsigned minor)
{
	struct tty *tty = ttys;

	while (tty && tty->minor != minor)
		tty = tty->next;
	return tty;
}

/* ---- Whose terminal it is ---- */

int tty_check_foreground(const struct tty *tty, int signo)
{
	int error;

	if (!tty_hooks.terminal || tty_hooks.terminal() != tty || !tty->group ||
	    tty_hooks.group() == tty->group)
		return 0;
	error = tty_hooks.background(signo);
	return !error && signo == SIGTTIN ? -EIO : error;
}

int tty_acquire(struct tty *tty)
{
	int error = 0;

	if (!tty_hooks.terminal)
		return -EPERM;
	mutex_lock(&tty->mutex);
	if (tty->session == tty_hooks.session() && tty_hooks.is_leader())
		error = 0;
	else if (tty->session || !tty_hooks.is_leader() || tty_hooks.terminal())
		error = -EPERM;
	else
		tty->session = tty_hooks.session();
	if (!error && !tty->group) {
		tty->group = tty_hooks.group();
		tty_hooks.set_terminal(tty);
	}
	mutex_unlock(&tty->mutex);
	return error;
}

void tty_opened(struct tty *tty)
{
	tty_acquire(tty); /* who may not have it, has it open all the same */
}

void tty_session_ended(struct tty *tty, int session)
{
	int group = 0;

	mutex_lock(&tty->mutex);
	if (tty->session == session) {
		group = tty->group;
		tty->session = tty->group = 0;
	}
	mutex_unlock(&tty->mutex);
	if (group) {
		tty_hooks.signal_group(group, SIGHUP);
		tty_hooks.signal_group(group, SIGCONT);
	}
}

/* ---- Reading ---- */

/* Is there enough to end a read(2) that wants `wanted` bytes of raw input? */
static bool is_readable(const struct tty *tty, size_t wanted)
{
	unsigned available = READ_ONCE(tty->line_end) - READ_ONCE(tty->tail);

	return tty->termios.c_lflag & ICANON ? available : available >= wanted;
}

/* Copies `count` bytes from the ring's tail: how many could be. */
static size_t copy_out(struct tty *tty, uaddr_t to, size_t count)
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

/* One line, or as much of it as `size` holds. Mutex held. */
static long take_line(struct tty *tty, uaddr_t to, size_t size)
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
	done = copy_out(tty, to, count);
	if (done < count)
		return done ? (long)done : -EFAULT;
	if (end_of_file)
		tty->tail++;
	return (long)done;
}

/* Whatever is there. Mutex held. */
static long take_raw(struct tty *tty, uaddr_t to, size_t size)
{
	size_t count = MIN(size, (size_t)(tty->line_end - tty->tail));
	size_t done = copy_out(tty, to, count);

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

static long read_line(struct tty *tty, uaddr_t to, size_t size, bool nonblock)
{
	bool ready;
	long result;

	for (;;) {
		mutex_lock(&tty->mutex);
		ready = is_readable(tty, 1);
		result = ready ? take_line(tty, to, size) : -EAGAIN;
		mutex_unlock(&tty->mutex);
		wake_all(&tty->room);
		if (ready || nonblock)
			return result;
		if (wait_readable(tty, 1, UINT64_MAX))
			return -ERESTARTSYS;
	}
}

long tty_read(struct tty *tty, uaddr_t to, size_t size, bool nonblock)
{
	int error = tty_check_foreground(tty, SIGTTIN);

	if (error || !size)
		return error;
	if (tty->termios.c_lflag & ICANON)
		return read_line(tty, to, size, nonblock);
	return read_raw(tty, to, size, nonblock);
}

/* ---- Writing ---- */

long tty_write(struct tty *tty, uaddr_t from, size_t size, bool nonblock)
{
	uint8_t bytes[256];
	size_t done = 0, chunk, sent;
	int error = 0;

	if (tty->termios.c_lflag & TOSTOP)
		error = tty_check_foreground(tty, SIGTTOU);
	while (done < size && !error) {
		if (READ_ONCE(tty->stopped) && nonblock)
			error = -EAGAIN;
		else if (wait_event(&tty->started, !READ_ONCE(tty->stopped)))
			error = -ERESTARTSYS;
		chunk = MIN(size - done, sizeof(bytes));
		if (!error)
			error = copy_from_user(bytes, from + done, chunk);
		if (error)
			break;
		sent = tty_output(tty, bytes, chunk);
		done += sent;
		if (sent < chunk)
			error = -ERESTARTSYS;
	}
	return done ? (long)done : error;
}

unsigned tty_events(const struct tty *tty)
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

/* "ttyS0", or as Linux has it "ttyS0,115200": the speed is always the same. */
static void set_console(const char *value)
{
	char name[16];
	struct tty *tty = ttys;
	size_t length = 0;

	while (value[length] && value[length] != ',')
		length++;
	strscpy(name, value, MIN(length + 1, sizeof(name)));
	while (tty && strcmp(tty->name, name) != 0)
		tty = tty->next;
	if (tty)
		tty_console = tty;
	else
		kprintf("console=%s: there is no such terminal\n", value);
}
WORD("console", set_console);
