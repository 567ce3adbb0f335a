/*
 * Terminals, as programs see them: reading, writing and settings. What becomes
 * of each byte is the line discipline's business.
 */
#include "kernel/dev/tty.h"

#include "kernel/abi/signal.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/dev/uart.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/restart.h"

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
static void tty_take_received(struct tty *tty)
{
	uint8_t bytes[256];
	size_t count;

	mutex_lock(&tty->mutex);
	count = port_receive(tty->port, bytes,
			     MIN(sizeof(bytes), tty_room(tty)));
	line_discipline->take(tty, bytes, count);
	mutex_unlock(&tty->mutex);
}

/* The terminal's task: waits for bytes, and for room, which a reader makes. */
static void tty_task(void *argument)
{
	struct tty *tty = argument;

	sched_finish_switch();
	irq_enable();
	for (;;) {
		wait_event_uninterruptible(&tty->port->received,
					   port_has_received(tty->port));
		wait_event_uninterruptible(&tty->room, tty_room(tty));
		tty_take_received(tty);
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
	if (uarts[0].present)
		tty_add(&serial_ttys[0], "ttyS0", 64, &uarts[0].port);
	if (uarts[1].present)
		tty_add(&serial_ttys[1], "ttyS1", 65, &uarts[1].port);
}

struct tty *tty_of_minor(unsigned minor)
{
	struct tty *tty = ttys;

	while (tty && tty->minor != minor)
		tty = tty->next;
	return tty;
}

/* "ttyS0", or as Linux has it "ttyS0,115200": the speed is always the same. */
static void set_console(const char *value)
{
	struct tty *tty = ttys;

	while (tty && strncmp(value, tty->name, strlen(tty->name)) != 0)
		tty = tty->next;
	if (tty)
		tty_console = tty;
	else
		kprintf("console=%s: there is no such terminal\n", value);
}
WORD("console", set_console);

/* ---- What programs do with it ---- */

int tty_check_foreground(struct tty *tty, int signo)
{
	return tty_hooks.foreground ? tty_hooks.foreground(tty, signo) : 0;
}

long tty_read(struct tty *tty, uaddr_t to, size_t size, bool nonblock)
{
	int error = tty_check_foreground(tty, SIGTTIN);

	if (error || !size)
		return error;
	return line_discipline->read(tty, to, size, nonblock);
}

long tty_write(struct tty *tty, uaddr_t from, size_t size, bool nonblock)
{
	uint8_t bytes[256];
	size_t done = 0, chunk, sent;
	int error = 0;

	while (done < size && !error) {
		chunk = MIN(size - done, sizeof(bytes));
		if (line_discipline->may_write)
			error = line_discipline->may_write(tty, nonblock);
		if (!error)
			error = copy_from_user(bytes, from + done, chunk);
		if (error)
			break;
		sent = line_discipline->output(tty, bytes, chunk);
		done += sent;
		if (sent < chunk)
			error = -ERESTARTSYS;
	}
	return done ? (long)done : error;
}

/* The requests TCSETS ...: sets what the program says, and drops unread input
 * with `flush`. */
static long tty_set_termios(struct tty *tty, uaddr_t from, bool flush)
{
	struct termios termios;
	int error = tty_check_foreground(tty, SIGTTOU);

	if (!error)
		error = copy_from_user(&termios, from, sizeof(termios));
	if (error)
		return error;
	mutex_lock(&tty->mutex);
	/* a line begun is read as it stands when there are no lines any more */
	if (!(termios.c_lflag & ICANON))
		WRITE_ONCE(tty->line_end, tty->head);
	tty->termios = termios;
	if (line_discipline->changed)
		line_discipline->changed(tty);
	if (flush)
		tty_drop_input(tty);
	mutex_unlock(&tty->mutex);
	wake_all(&tty->readable);
	return 0;
}

long tty_ioctl(struct tty *tty, unsigned request, uaddr_t argument)
{
	long result = -ENOTTY;

	switch (request) {
	case TCGETS:
		return copy_to_user(argument, &tty->termios,
				    sizeof(tty->termios));
	case TIOCGWINSZ:
		return copy_to_user(argument, &tty->size, sizeof(tty->size));
	case TCSETS:
	case TCSETSW: /* output has gone when write(2) returns */
		return tty_set_termios(tty, argument, false);
	case TCSETSF:
		return tty_set_termios(tty, argument, true);
	}
	if (line_discipline->ioctl)
		result = line_discipline->ioctl(tty, request, argument);
	if (result == -ENOTTY && tty_hooks.ioctl)
		result = tty_hooks.ioctl(tty, request, argument);
	return result;
}
