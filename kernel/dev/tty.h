/*
 * Terminals: lines, echo, editing and signals over a port (termios(3)). A
 * kernel task for each terminal takes what the port received through the
 * discipline, so ^C works while nobody reads.
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

#define TTY_INPUT 4096 /* a power of two: bytes that wait to be read */

struct tty {
	struct tty *next; /* in the list of all terminals */
	const char *name;
	unsigned minor; /* its device is 4:minor, as Linux's */
	struct port *port;

	/* Under `mutex`; head and line_end are looked at without it by those
	 * who wait. Positions run freely; a byte's place is its position
	 * modulo TTY_INPUT. */
	struct mutex mutex;
	struct termios termios;
	struct winsize size;
	uint8_t input[TTY_INPUT];
	BITMAP(ends, TTY_INPUT);       /* bytes that end a line */
	unsigned tail, line_end, head; /* read; readable; typed so far */
	bool literal;                  /* the next byte is no command (^V) */
	bool stopped;                  /* output is, by ^S */
	int session, group; /* whose controlling terminal it is, and its
			       foreground group; 0: nobody's */
	struct wait_queue readable;
	struct wait_queue room; /* its task waits for a reader */
	struct wait_queue started;

	/* Under output_mutex. */
	struct mutex output_mutex;
	unsigned column;
	unsigned line_column; /* where the line being typed began */
};

/* Which one /dev/console is: the first that was added, or the one that the
 * kernel parameter console= names. NULL if the machine has no terminal. */
extern struct tty *tty_console;

/* Returns the terminal whose device has this minor number, or NULL. */
struct tty *tty_of_minor(unsigned minor);

/*
 * What a terminal asks the layer of processes, which fills this in.
 * terminal, set_terminal: the current process's controlling terminal.
 * session, group: the current process's; is_leader: of its session?
 * session_of: of a process group, or 0: there is none.
 * signal_group: sends a signal to a process group.
 * background: the current process, in the background, needs to be in the
 *	foreground: sends `signo` to its group and returns -ERESTARTSYS; -EIO for
 *	an orphaned group; 0: it ignores or blocks that signal.
 */
extern struct tty_hooks {
	struct tty *(*terminal)(void);
	void (*set_terminal)(struct tty *tty);
	int (*session)(void);
	int (*group)(void);
	bool (*is_leader)(void);
	int (*session_of)(int group);
	void (*signal_group)(int group, int signo);
	int (*background)(int signo);
} tty_hooks;

/* Adds the serial lines that are there, after the ports and the scheduler. */
void tty_init(void);

/* Adds a terminal over a port that is there and starts its task. `tty` is zero
 * and lives for ever. Boot only. */
void tty_add(struct tty *tty, const char *name, unsigned minor,
	     struct port *port);

/* Opened without O_NOCTTY: a session leader without a terminal gets it. */
void tty_opened(struct tty *tty);

/* The session's leader has ended: SIGHUP and SIGCONT to the foreground group,
 * and the terminal is free. No spinlock held. */
void tty_session_ended(struct tty *tty, int session);

/* read(2), write(2), ioctl(2) of a terminal. */
long tty_read(struct tty *tty, uaddr_t to, size_t size, bool nonblock);
long tty_write(struct tty *tty, uaddr_t from, size_t size, bool nonblock);
long tty_ioctl(struct tty *tty, unsigned request, uaddr_t argument);

/*
 * Keeps a background process from what only the foreground may do: 0, or what
 * the system call returns. `signo` is SIGTTIN or SIGTTOU.
 */
int tty_check_foreground(const struct tty *tty, int signo);

/* Makes it the controlling terminal of the current session: 0 or -EPERM. */
int tty_acquire(struct tty *tty);

/* POLLIN, POLLOUT; changes are told on `readable` and `started`. */
unsigned tty_events(const struct tty *tty);

/* kernel/dev/tty_line.c: the discipline. `mutex` is held. */

/* Takes received bytes: editing, echo, signals. */
void tty_take(struct tty *tty, const uint8_t *bytes, size_t count);

/* How many bytes there is room for; a line too long loses its end. */
size_t tty_room(const struct tty *tty);

/* Writes through output processing; as a port's send(). Takes output_mutex. */
size_t tty_output(struct tty *tty, const uint8_t *from, size_t size);

#endif
