/*
 * The full line discipline: what becomes of each byte between the port and the
 * programs. What the programs' calls do is terminal_calls.c's.
 */
#include "kernel/optional/terminal/terminal.h"

#include "kernel/abi/signal.h"
#include "kernel/lib/string.h"

#define DELETE        0x7f
#define TAB_WIDTH     8
#define BATCH         128ul /* bytes processed before they are sent */
#define EDITS_INPUT   (ICANON | ISIG | ECHO | IEXTEN)
#define CHANGES_INPUT (ISTRIP | INLCR | IGNCR | ICRNL | IXON)

static bool local(const struct tty *tty, uint32_t flags)
{
	return tty->termios.c_lflag & flags;
}

/* Is `byte` the control character number `which`, and that one in use? */
static bool is_control(const struct tty *tty, uint8_t byte, unsigned which)
{
	return byte && tty->termios.c_cc[which] == byte;
}

/* ---- Output ---- */

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80; /* of a UTF-8 character */
}

/* Where the cursor is after `byte` at `column`. */
static unsigned column_after(const struct tty *tty, unsigned column,
			     uint8_t byte)
{
	switch (byte) {
	case '\r':
	case '\n':
		return 0;
	case '\t':
		return (column / TAB_WIDTH + 1) * TAB_WIDTH;
	case '\b':
		return column ? column - 1 : 0;
	default:
		if (tty->termios.c_iflag & IUTF8 && is_continuation(byte))
			return column;
		return column + (byte >= ' ' && byte != DELETE);
	}
}

/* What goes to the port for `byte`: how many bytes, in `out`. */
static size_t process_output(struct tty *tty, uint8_t byte, uint8_t out[2])
{
	uint32_t flags = tty->termios.c_oflag;
	size_t count = 0;

	if (flags & OPOST) {
		if (byte == '\n' && flags & ONLCR)
			out[count++] = '\r';
		else if (byte == '\r' && flags & OCRNL)
			byte = '\n';
		else if (byte == '\r' && flags & ONOCR && !tty->column)
			return 0;
		tty->column = column_after(tty, tty->column, byte);
	}
	out[count++] = byte;
	return count;
}

size_t terminal_output(struct tty *tty, const uint8_t *from, size_t size)
{
	uint8_t out[2 * BATCH], lengths[BATCH];
	size_t done = 0, count, used, sent, i;

	mutex_lock(&tty->output_mutex);
	do {
		used = 0;
		for (count = 0; count < MIN(size - done, BATCH); count++) {
			lengths[count] =
				(uint8_t)process_output(tty, from[done + count],
							out + used);
			used += lengths[count];
		}
		/* what a signal cut off is the program's to write again */
		sent = tty->port->send(tty->port, out, used);
		for (i = 0; i < count && lengths[i] <= sent; i++)
			sent -= lengths[i];
		done += i;
	} while (done < size && i == count);
	tty->line_column = tty->column;
	mutex_unlock(&tty->output_mutex);
	return done;
}

/* ---- Echo ---- */

static bool shown_as_control(const struct tty *tty, uint8_t byte)
{
	return local(tty, ECHOCTL) && (byte < ' ' || byte == DELETE) &&
	       byte != '\t' && byte != '\n';
}

/* Output that belongs to the line being typed. */
static void echo_bytes(struct tty *tty, const char *text, size_t size)
{
	unsigned line_column = tty->line_column;

	terminal_output(tty, (const uint8_t *)text, size);
	tty->line_column = line_column;
}

static void echo(struct tty *tty, uint8_t byte)
{
	char shown[2] = { '^', (char)(byte ^ 0x40) };

	if (!local(tty, ECHO) && !(byte == '\n' && local(tty, ECHONL)))
		return;
	if (shown_as_control(tty, byte))
		echo_bytes(tty, shown, 2);
	else
		echo_bytes(tty, (const char *)&byte, 1);
	if (byte == '\n')
		tty->line_column = tty->column;
}

/* Where the cursor stands behind the line being typed. */
static unsigned typed_column(const struct tty *tty)
{
	unsigned column = tty->line_column;

	for (unsigned i = tty->line_end; i != tty->head; i++) {
		uint8_t byte = tty->input[i % TTY_INPUT];

		column = shown_as_control(tty, byte)
				 ? column + 2
				 : column_after(tty, column, byte);
	}
	return column;
}

/* ---- Editing ---- */

/* Takes back one character of the line. */
static void erase_character(struct tty *tty)
{
	unsigned before = typed_column(tty);
	uint8_t byte;

	do {
		byte = tty->input[--tty->head % TTY_INPUT];
	} while (tty->termios.c_iflag & IUTF8 && is_continuation(byte) &&
		 tty->head != tty->line_end);
	if (!local(tty, ECHO))
		return;
	if (!local(tty, ECHOE)) {
		echo(tty, tty->termios.c_cc[VERASE]);
		return;
	}
	for (unsigned after = typed_column(tty); after < before; after++)
		echo_bytes(tty, "\b \b", 3);
}

static bool is_word(uint8_t byte)
{
	uint8_t lower = byte | 0x20;

	return (lower >= 'a' && lower <= 'z') || byte >= 0x80 ||
	       (byte >= '0' && byte <= '9') || byte == '_';
}

/* Takes back what is no word, and the word before it. */
static void erase_word(struct tty *tty)
{
	bool in_word = false;

	while (tty->head != tty->line_end) {
		bool word = is_word(tty->input[(tty->head - 1) % TTY_INPUT]);

		if (in_word && !word)
			break;
		in_word = word;
		erase_character(tty);
	}
}

static void erase_line(struct tty *tty)
{
	if (local(tty, ECHOK) && local(tty, ECHO) && !local(tty, ECHOE)) {
		tty->head = tty->line_end;
		echo(tty, '\n');
		return;
	}
	while (tty->head != tty->line_end)
		erase_character(tty);
}

static void reprint(struct tty *tty)
{
	echo(tty, tty->termios.c_cc[VREPRINT]);
	echo(tty, '\n');
	for (unsigned i = tty->line_end; i != tty->head; i++)
		echo(tty, tty->input[i % TTY_INPUT]);
}

/* ---- Input ---- */

/* ^C and its kin: true if the byte was one. */
static bool take_signal(struct tty *tty, uint8_t byte)
{
	int signo = is_control(tty, byte, VINTR)   ? SIGINT
		    : is_control(tty, byte, VQUIT) ? SIGQUIT
		    : is_control(tty, byte, VSUSP) ? SIGTSTP
						   : 0;

	if (!signo || !local(tty, ISIG))
		return false;
	if (!local(tty, NOFLSH))
		tty_drop_input(tty);
	echo(tty, byte);
	tty_hooks.signal(tty, signo);
	return true;
}

/* ^S and ^Q: true if the byte was one. */
static bool take_flow(struct tty *tty, uint8_t byte)
{
	bool stop = is_control(tty, byte, VSTOP);

	if (!(tty->termios.c_iflag & IXON) ||
	    !(stop || is_control(tty, byte, VSTART)))
		return false;
	WRITE_ONCE(tty->stopped, stop);
	if (!stop)
		wake_all(&tty->started);
	return true;
}

/* Editing commands of a line: true if the byte was one. */
static bool take_edit(struct tty *tty, uint8_t byte)
{
	bool extended = local(tty, IEXTEN);

	if (is_control(tty, byte, VERASE)) {
		if (tty->head != tty->line_end)
			erase_character(tty);
	} else if (is_control(tty, byte, VKILL)) {
		erase_line(tty);
	} else if (extended && is_control(tty, byte, VWERASE)) {
		erase_word(tty);
	} else if (extended && is_control(tty, byte, VREPRINT)) {
		reprint(tty);
	} else if (extended && is_control(tty, byte, VLNEXT)) {
		tty->literal = true;
		if (local(tty, ECHO) && local(tty, ECHOCTL))
			echo_bytes(tty, "^\b", 2);
	} else if (is_control(tty, byte, VEOF)) {
		tty_end_line(tty, 0);
	} else if (byte == '\n' || is_control(tty, byte, VEOL) ||
		   is_control(tty, byte, VEOL2)) {
		echo(tty, byte);
		tty_end_line(tty, byte);
	} else {
		return false;
	}
	return true;
}

/* Carriage return and line feed, as c_iflag exchanges them; false: the byte
 * is dropped. */
static bool translate(const struct tty *tty, uint8_t *byte)
{
	uint32_t flags = tty->termios.c_iflag;

	if (flags & ISTRIP)
		*byte &= 0x7f;
	if (*byte == '\r') {
		if (flags & IGNCR)
			return false;
		if (flags & ICRNL)
			*byte = '\n';
	} else if (*byte == '\n' && flags & INLCR) {
		*byte = '\r';
	}
	return true;
}

static void take_byte(struct tty *tty, uint8_t byte)
{
	if (tty->literal) {
		tty->literal = false;
	} else {
		if (!translate(tty, &byte) || take_signal(tty, byte) ||
		    take_flow(tty, byte))
			return;
		if (tty->stopped && tty->termios.c_iflag & IXANY) {
			WRITE_ONCE(tty->stopped, false);
			wake_all(&tty->started);
		}
		if (local(tty, ICANON) && take_edit(tty, byte))
			return;
	}
	tty_store(tty, byte);
	echo(tty, byte);
}

void terminal_take(struct tty *tty, const uint8_t *bytes, size_t count)
{
	if (!local(tty, EDITS_INPUT) &&
	    !(tty->termios.c_iflag & CHANGES_INPUT)) {
		while (count--)
			tty_store(tty, *bytes++);
	} else {
		while (count--)
			take_byte(tty, *bytes++);
	}
	wake_all(&tty->readable);
}
