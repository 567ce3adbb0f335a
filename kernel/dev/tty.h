/*
 * Terminals: what programs read, write and set by way of a port (termios(3)).
 * A kernel task for each terminal takes the bytes that the port received, so
 * ^C works while no program reads.
 *
 * What becomes of each byte is decided by the line discipline, a table of
 * functions. The core has a plain one (kernel/dev/line.c); the optional part
 * `terminal` puts a full one in its place. Which process group a terminal
 * listens to is decided by the optional part `jobs`.
 *
 * Two mutexes: `mutex` for input and settings, inside it `output_mutex`, so
 * that an echo does not fall into the middle of a write.
 */
#ifndef KERNEL_DEV_TTY_H
#define KERNEL_DEV_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/termios.h"
#include "kernel/dev/port.h"
#include "kernel/lib/bitmap.h"
#include "kernel/sched/mutex.h"

struct pid;

#define TTY_INPUT 4096 /* a power of two: bytes that wait to be read */

struct tty {
	struct tty *next; /* in the list of all terminals */
	const char *name;
	unsigned minor; /* its device is 4:minor, as Linux's */
	struct port *port;

	/* Under `mutex`; head and line_end are also read without it by tasks
	 * that wait. Positions run freely; a byte's place is its position
	 * modulo TTY_INPUT. */
	struct mutex mutex;
	struct termios termios;
	struct winsize size;
	uint8_t input[TTY_INPUT];
	BITMAP(ends, TTY_INPUT);       /* bytes that end a line */
	unsigned tail, line_end, head; /* read; readable; typed so far */
	struct wait_queue readable;    /* readers wait for input */
	struct wait_queue room;        /* its task waits for a reader */
	struct mutex output_mutex;

	/* Of the part terminal. The columns are under output_mutex. */
	bool literal;              /* the next byte is no command (^V) */
	bool stopped;              /* output is, by ^S */
	struct wait_queue started; /* writers wait for ^Q */
	unsigned column;           /* of the cursor */
	unsigned line_column;      /* where the line being typed began */

	/* Of the part jobs, under process_lock: the session that the terminal
	 * controls and its foreground process group. Both hold a reference, or
	 * both are NULL. */
	struct pid *session, *group;
};

/*
 * A line discipline. `mutex` is held in take() and room().
 * take: takes bytes that the port received: editing, echo, signals.
 * output: writes like a port's send(), with output processing.
 * read: read(2) of `size` bytes or less, `size` being at least 1.
 * events: poll(2)'s POLLIN and POLLOUT; changes wake `readable` or `started`.
 * The rest may be NULL.
 * may_write: returns 0 when output may go on, or the error of write(2).
 * changed: the program has changed the settings. `mutex` is held.
 * ioctl: requests that the core does not know; -ENOTTY if it does not either.
 */
struct line_discipline {
	void (*take)(struct tty *tty, const uint8_t *bytes, size_t count);
	size_t (*output)(struct tty *tty, const uint8_t *from, size_t size);
	long (*read)(struct tty *tty, uaddr_t to, size_t size, bool nonblock);
	unsigned (*events)(const struct tty *tty);
	int (*may_write)(struct tty *tty, bool nonblock);
	void (*changed)(struct tty *tty);
	long (*ioctl)(struct tty *tty, unsigned request, uaddr_t argument);
};

extern const struct line_discipline *line_discipline; /* of all terminals */

/*
 * What terminals ask the layer of processes.
 * signal: sends a signal to the processes that the terminal's user means.
 * The rest is the part jobs', and NULL without it.
 * own: the current process's controlling terminal, or NULL.
 * opened: a program has opened it without O_NOCTTY.
 * foreground: the current process does what only the foreground may do. 0, or
 *	the system call's result after SIGTTIN or SIGTTOU (`signo`) was sent.
 * ioctl: the requests about sessions and groups, -ENOTTY for others.
 */
extern struct tty_hooks {
	void (*signal)(struct tty *tty, int signo);
	struct tty *(*own)(void);
	void (*opened)(struct tty *tty);
	int (*foreground)(struct tty *tty, int signo);
	long (*ioctl)(struct tty *tty, unsigned request, uaddr_t argument);
} tty_hooks;

/* Which one /dev/console is: the first that was added, or the one that the
 * kernel parameter console= names. NULL if the machine has no terminal. */
extern struct tty *tty_console;

/* Returns the terminal whose device has this minor number, or NULL. */
struct tty *tty_of_minor(unsigned minor);

/* Adds the serial lines that are there, after the ports and the scheduler. */
void tty_init(void);

/* Adds a terminal over a port that is there and starts its task. `tty` is zero
 * and lives for ever. Boot only. */
void tty_add(struct tty *tty, const char *name, unsigned minor,
	     struct port *port);

/* read(2), write(2), ioctl(2) of a terminal. */
long tty_read(struct tty *tty, uaddr_t to, size_t size, bool nonblock);
long tty_write(struct tty *tty, uaddr_t from, size_t size, bool nonblock);
long tty_ioctl(struct tty *tty, unsigned request, uaddr_t argument);

/* tty_hooks.foreground, or 0 where there is no job control. */
int tty_check_foreground(struct tty *tty, int signo);

/* ---- For line disciplines: kernel/dev/line.c. `mutex` is held unless said
 * otherwise. */

/* Returns how many bytes there is room for, at least 1 while no line can be
 * read: a line that is too long loses its last byte. */
size_t tty_room(const struct tty *tty);

/* Adds a byte to the line being typed, or, without ICANON, to what can be
 * read. */
void tty_store(struct tty *tty, uint8_t byte);

/* Ends the line: with `byte`, or with 0 for an end of file. */
void tty_end_line(struct tty *tty, uint8_t byte);

/* Forgets what was typed and not read. */
void tty_drop_input(struct tty *tty);

/* Copies up to `count` bytes of input to the program; returns how many. */
size_t tty_copy_out(struct tty *tty, uaddr_t to, size_t count);

/* The plain discipline's read(): one line, or what is there of it. Without
 * ICANON, whatever is there. `mutex` is not held. */
long tty_read_line(struct tty *tty, uaddr_t to, size_t size, bool nonblock);

#endif
