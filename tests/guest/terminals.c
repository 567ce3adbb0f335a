/* needs: threads jobs screen terminal */
/* tools/run: -smp 2 */
/*
 * Who owns a terminal: sessions, foreground groups, and what a process in the
 * background may not do. On Linux the terminals are two pseudo-terminals, here
 * the screen and the first serial line.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/termios.h"
#include "kernel/abi/wait.h"
#include "tests/guest/thread.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define TIOCSPTLCK 0x40045431
#define TIOCGPTN   0x80045430

static char names[2][32]; /* of two terminals that belong to no session */

/* Makes a pseudo-terminal, whose other end stays open. False if it cannot. */
static bool make_terminal(char *name, size_t size)
{
	long master = call_open("/dev/ptmx", O_RDWR | O_NOCTTY, 0);
	int zero = 0, number;

	if (master < 0 || call_ioctl((int)master, TIOCSPTLCK, &zero) < 0 ||
	    call_ioctl((int)master, TIOCGPTN, &number) < 0)
		return false;
	snprintf(name, size, "/dev/pts/%d", number);
	return true;
}

static bool find_terminals(void)
{
	if (on_colonel()) {
		snprintf(names[0], sizeof(names[0]), "/dev/tty1");
		snprintf(names[1], sizeof(names[1]), "/dev/ttyS0");
		return true;
	}
	return make_terminal(names[0], sizeof(names[0])) &&
	       make_terminal(names[1], sizeof(names[1]));
}

static int open_terminal(int which, int flags)
{
	return (int)call_open(names[which], O_RDWR | O_NONBLOCK | flags, 0);
}

static bool has_own(void)
{
	long fd = call_open("/dev/tty", O_RDWR | O_NONBLOCK, 0);

	if (fd >= 0)
		call_close((int)fd);
	return fd >= 0;
}

static int foreground(int fd)
{
	int group = 0;
	long error = call_ioctl(fd, TIOCGPGRP, &group);

	return error ? (int)error : group;
}

static long set_foreground(int fd, int group)
{
	return call_ioctl(fd, TIOCSPGRP, &group);
}

static void sleep_ms(long ms)
{
	const struct timespec time = { 0, ms * 1000000 };

	call_nanosleep(&time, NULL);
}

static void be_deaf(void)
{
	signal_plain(SIGHUP, SIG_IGN);
	signal_plain(SIGTTOU, SIG_IGN);
}

/* A new session gets the terminal by opening it: 0, or a bit for each thing
 * that is wrong. */
static int session_gets(void *which)
{
	int fd, session = 0, wrong = 0;

	be_deaf();
	call_setsid();
	fd = open_terminal((int)(long)which, 0);
	wrong |= fd < 0 ? 1 : 0;
	wrong |= foreground(fd) != call_getpid() ? 2 : 0;
	call_ioctl(fd, TIOCGSID, &session);
	wrong |= session != call_getpid() ? 4 : 0;
	wrong |= !has_own() ? 8 : 0;
	return wrong;
}

static int other_session_cannot(void *unused)
{
	int fd;

	(void)unused;
	call_setsid();
	fd = open_terminal(0, 0);
	return (foreground(fd) != -ENOTTY) |
	       (call_ioctl(fd, TIOCSCTTY, NULL) != -EPERM) << 1 |
	       has_own() << 2;
}

static int leader_asks(void *unused)
{
	int fd, second, wrong = 0;

	(void)unused;
	be_deaf();
	call_setsid();
	fd = open_terminal(0, O_NOCTTY);
	wrong |= has_own() ? 1 : 0;
	wrong |= foreground(fd) != -ENOTTY ? 2 : 0;
	wrong |= call_ioctl(fd, TIOCSCTTY, NULL) ? 4 : 0;
	wrong |= call_ioctl(fd, TIOCSCTTY, NULL) ? 8 : 0;
	wrong |= foreground(fd) != call_getpid() ? 16 : 0;
	second = open_terminal(1, 0);
	wrong |= foreground(second) != -ENOTTY ? 32 : 0;
	wrong |= call_ioctl(second, TIOCSCTTY, NULL) != -EPERM ? 64 : 0;
	wrong |= in_child(other_session_cannot, NULL) ? 128 : 0;
	return wrong;
}

static int groups_of_foreground(void *unused)
{
	long elsewhere = syscall(SYS_getpgid, call_getppid());
	int fd;

	(void)unused;
	be_deaf();
	call_setsid();
	fd = open_terminal(0, 0);
	return (set_foreground(fd, -1) != -EINVAL) |
	       (set_foreground(fd, 32767) != -ESRCH) << 1 |
	       (set_foreground(fd, (int)elsewhere) != -EPERM) << 2 |
	       (set_foreground(fd, (int)call_getpid()) != 0) << 3;
}

/* The leader gives its terminal up. Another of its session has it no more, and
 * must not change the foreground group of the next owner. */
static int leader_gives_up(void *unused)
{
	int gone[2], answer = 0, fd, status = -1;
	long member, next;
	char byte;

	(void)unused;
	be_deaf();
	call_setsid();
	fd = open_terminal(0, 0);
	call_pipe2(gone, 0);
	member = call_fork();
	if (member == 0) {
		syscall(SYS_setpgid, 0, 0);
		call_read(gone[0], &byte, 1);
		answer = (set_foreground(fd, (int)call_getpid()) != -ENOTTY) |
			 (foreground(fd) != -ENOTTY) << 1 | has_own() << 2;
		exit(answer);
	}
	sleep_ms(20);
	if (call_ioctl(fd, TIOCNOTTY, NULL))
		return 16;
	next = call_fork();
	if (next == 0) {
		call_setsid();
		fd = open_terminal(0, 0);
		call_write(gone[1], "x", 1);
		call_wait4(-1, NULL, 0, NULL);
		sleep_ms(50);
		exit(foreground(fd) != call_getpid() ? 8 : 0);
	}
	call_wait4(member, &status, 0, NULL);
	answer = status >> 8;
	call_wait4(next, &status, 0, NULL);
	return answer | status >> 8;
}

/* What the wait status of a member in the background says that reads, or sets
 * the foreground group if `fd` is negative. */
static int in_background(int fd, bool reads, uint64_t disposition)
{
	int status = 0;
	long member = call_fork();

	if (member == 0) {
		char byte;
		long result;

		syscall(SYS_setpgid, 0, 0);
		signal_plain(SIGTTIN, disposition);
		signal_plain(SIGTTOU, disposition);
		result = reads ? call_read(fd, &byte, 1)
			       : set_foreground(fd, (int)call_getpid());
		exit((int)-result);
	}
	call_wait4(member, &status, WUNTRACED, NULL);
	if ((status & 0xff) == 0x7f) {
		call_kill(member, SIGKILL);
		call_wait4(member, NULL, 0, NULL);
	}
	return status;
}

static int background(void *unused)
{
	int fd;

	(void)unused;
	be_deaf();
	call_setsid();
	fd = open_terminal(0, 0);
	return (in_background(fd, true, SIG_IGN) != EXITED(EIO)) |
	       (in_background(fd, true, SIG_DFL) != (SIGTTIN << 8 | 0x7f))
		       << 1 |
	       (in_background(fd, false, SIG_DFL) != (SIGTTOU << 8 | 0x7f))
		       << 2 |
	       (in_background(fd, false, SIG_IGN) != EXITED(0)) << 3;
}

/* A member sets the foreground group while the leader ends. */
static int leader_ends_meanwhile(void *round)
{
	int fd;

	be_deaf();
	call_setsid();
	fd = open_terminal(0, 0);
	if (call_fork() == 0) {
		syscall(SYS_setpgid, 0, 0);
		while (set_foreground(fd, (int)call_getpid()) == 0)
			;
		exit(0);
	}
	for (volatile long i = 0; i < (long)round * 3000; i++)
		;
	return 0;
}

static void open_second(void *unused)
{
	(void)unused;
	open_terminal(1, 0);
}

/* Two threads of a leader open a terminal each. */
static int two_at_once(void *unused)
{
	static struct thread thread;

	(void)unused;
	be_deaf();
	call_setsid();
	thread_start(&thread, open_second, NULL);
	open_terminal(0, 0);
	thread_join(&thread);
	return 0;
}

int main(void)
{
	bool free = true;

	be_deaf();
	if (!find_terminals()) {
		skip("no pseudo-terminals", "terminals");
		return tap_done();
	}
	child_exits(session_gets, (void *)0, 0, "a session gets a terminal");
	child_exits(session_gets, (void *)0, 0, "and after its end the next");
	child_exits(leader_asks, NULL, 0, "O_NOCTTY, TIOCSCTTY, one each");
	child_exits(groups_of_foreground, NULL, 0, "TIOCSPGRP of what groups");
	child_exits(leader_gives_up, NULL, 0, "TIOCNOTTY is for the session");
	child_exits(background, NULL, 0, "SIGTTIN and SIGTTOU");
	for (long round = 0; round < 30 && free; round++) {
		in_child(leader_ends_meanwhile, (void *)round);
		sleep_ms(5);
		free = in_child(session_gets, (void *)0) == 0;
	}
	ok(free, "a leader ends while the foreground group is set");
	for (long round = 0; round < 10 && free; round++) {
		in_child(two_at_once, NULL);
		free = in_child(session_gets, (void *)0) == 0 &&
		       in_child(session_gets, (void *)1) == 0;
	}
	ok(free, "a leader opens two terminals at once");
	return tap_done();
}
