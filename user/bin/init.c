/*
 * Process 1: the first program that the kernel starts, and the parent of all
 * that have lost theirs.  It shows notb, gives a shell and powers off when
 * that ends; or, when there is a file /etc/run, runs the program named there
 * for the host at the other end of the second serial port (user/lib/relay.h).
 */
#include <stdbool.h>

#include "kernel/abi/errno.h"
#include "kernel/abi/reboot.h"
#include "kernel/abi/termios.h"
#include "user/lib/file.h"
#include "user/lib/printf.h"
#include "user/lib/relay.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

#define MAX_ARGS   1024
#define STACK_USED 32768

static char *const environment[] = {
	"PATH=/bin:/sbin:/usr/bin:/usr/sbin",
	"HOME=/root",
	"TERM=linux",
	"PS1=colonel:\\w# ",
	"ENV=/etc/shrc",
	NULL,
};

/* ---- The end ------------------------------------------------------------ */

static void end_machine(unsigned command)
{
	call_sync();

	long error = syscall(SYS_reboot, LINUX_REBOOT_MAGIC1,
			     LINUX_REBOOT_MAGIC2, command, NULL);

	dprintf(2, "init: reboot: %s\n", errno_name(error));
}

/* What busybox's poweroff, halt and reboot send to process 1. */
static void on_end_signal(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)info, (void)context;
	end_machine(sig == SIGTERM   ? LINUX_REBOOT_CMD_RESTART
		    : sig == SIGUSR1 ? LINUX_REBOOT_CMD_HALT
				     : LINUX_REBOOT_CMD_POWER_OFF);
}

/* ---- A shell for a person ------------------------------------------------ */

/* Makes `path` standard input, output and error: 0 or -errno. */
static long open_terminal(const char *path)
{
	long fd = call_open(path, O_RDWR | O_NOCTTY, 0);

	if (fd < 0)
		return fd;
	for (int standard = 0; standard < 3; standard++)
		call_dup2(fd, standard);
	if (fd > 2)
		call_close(fd);
	return 0;
}

/* Starts a program with a controlling terminal of its own. */
static long start(char *const argv[], const char *terminal)
{
	long pid = call_fork();

	if (pid != 0)
		return pid;
	call_setsid();
	open_terminal(terminal);
	call_ioctl(0, TIOCSCTTY, NULL);

	long error = call_execve(argv[0], argv, environment);

	dprintf(2, "init: cannot run %s: %s\n", argv[0], errno_name(error));
	exit(127);
}

/* Waits until one of these has ended; buries every orphan that ends before. */
static void wait_for(const long *pids, int count)
{
	for (;;) {
		long ended = call_wait4(-1, NULL, 0, NULL);

		if (ended == -ECHILD)
			return;
		for (int i = 0; i < count; i++)
			if (ended == pids[i])
				return;
	}
}

static bool is_there(const char *path)
{
	long fd = call_open(path, O_RDWR | O_NOCTTY, 0);

	if (fd >= 0)
		call_close(fd);
	return fd >= 0;
}

/* notb, then a shell, on the serial line and on the screen, as far as they are
 * there: a person may sit at either. */
static void run_shells(void)
{
	static char *const notb[] = { "/bin/notb", NULL };
	static char *const shell[] = { "/bin/busybox", "sh", NULL };
	static const char *const terminals[] = { "/dev/ttyS0", "/dev/tty1" };
	long pids[2];
	int count = 0;

	for (int i = 0; i < 2; i++) {
		if (!is_there(terminals[i]))
			continue;
		pids[0] = start(notb, terminals[i]);
		wait_for(pids, 1);
	}
	call_chdir("/root");
	if (!is_there(shell[0]))
		dprintf(2, "init: there is no shell: build again where busybox "
			   "is installed\n");
	for (int i = 0; i < 2; i++)
		if (is_there(terminals[i]))
			pids[count++] = start(shell, terminals[i]);
	wait_for(pids, count);
	dprintf(2, "init: the shell has ended, powering off\n");
}

/* ---- One program for the host -------------------------------------------- */

/* The second serial port, as a line that changes no byte; or -errno. */
static long open_line(void)
{
	long line = call_open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
	struct termios mode;

	if (line < 0)
		return line;

	long error = call_ioctl(line, TCGETS, &mode);

	if (error)
		return error;
	mode.c_iflag = 0;
	mode.c_oflag = 0;
	mode.c_lflag = 0;
	mode.c_cflag = (mode.c_cflag & ~(CSIZE | PARENB)) | CS8 | CREAD;
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	error = call_ioctl(line, TCSETS, &mode);
	return error ? error : line;
}

/* The string behind the one at `string` in a list that ends at `end`. */
static char *next_string(char *string)
{
	return string + strlen(string) + 1;
}

/* The files that are named in the file `names`. */
static void send_files(int line, const char *names)
{
	char *list;
	long len = file_load(names, &list);

	for (char *path = list; len > 0 && path < list + len;
	     path = next_string(path))
		relay_send_file(line, path);
	if (len >= 0)
		file_drop(list);
}

/* Nobody is left of what the host's program has started. */
static void end_all(void)
{
	call_kill(-1, SIGKILL);
	while (call_wait4(-1, NULL, 0, NULL) != -ECHILD)
		;
}

/* Uses as much of the stack as a program's output may make us use. */
static void touch_stack(void)
{
	char deep[STACK_USED];

	for (volatile char *at = deep; at < deep + sizeof(deep); at += 4096)
		*at = 0;
}

/* The names of the files that the host wants before and after the program. */
static const char watch[] = "/etc/watch";

/* True: there are such. What is made when it is first needed is there
 * afterwards, tables for this process's stack and heap as well: two files have
 * been in memory, as send_files() will have them, and a program has been run. */
static bool prepare_watch(int line)
{
	static char *const nothing[] = { "/init", "nothing", NULL };
	char *list, *file;

	if (file_load(watch, &list) < 0)
		return false;
	if (file_load(watch, &file) >= 0)
		file_drop(file);
	file_drop(list);
	touch_stack();
	relay_run(line, nothing, environment, -1);
	return true;
}

/* The host's limit for the program, in milliseconds, or -1. */
static long read_limit(void)
{
	char *text;
	long limit = -1;

	if (file_load("/etc/limit", &text) >= 0) {
		limit = parse_number(text);
		file_drop(text);
	}
	return limit;
}

static long run_watched(int line, char *const argv[], long limit)
{
	long status;

	send_files(line, watch);
	status = relay_run(line, argv, environment, limit);
	end_all();
	send_files(line, watch);
	return status;
}

/* `list`: the program's arguments, each ended by NUL. */
static void run_for_host(char *list, long len)
{
	static char *argv[MAX_ARGS + 1];
	long line = open_line();
	int argc = 0;

	if (line < 0) {
		dprintf(2, "init: /dev/ttyS1: %s\n", errno_name(line));
		return;
	}
	for (char *arg = list; arg < list + len && argc < MAX_ARGS;
	     arg = next_string(arg))
		argv[argc++] = arg;
	if (!argc)
		argv[0] = "";

	bool watched = prepare_watch(line);

	relay_send_ready(line);

	long limit = read_limit();
	long status = watched ? run_watched(line, argv, limit)
			      : relay_run(line, argv, environment, limit);

	if (status < 0) {
		dprintf(2, "init: %s: %s\n", argv[0], errno_name(status));
		return;
	}
	send_files(line, "/etc/get");
	relay_send_status(line, status);
	call_ioctl(line, TCSBRK, (void *)1);
}

/* ------------------------------------------------------------------------- */

static void open_console(void)
{
	if (open_terminal("/dev/console") < 0)
		open_terminal("/dev/null");
}

int main(int argc, char *argv[])
{
	char *list;

	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (call_getpid() != 1) {
		dprintf(2, "init: only the kernel starts me, as process 1\n");
		return 1;
	}
	open_console();
	signal_set(SIGUSR1, on_end_signal, 0);
	signal_set(SIGUSR2, on_end_signal, 0);
	signal_set(SIGTERM, on_end_signal, 0);

	long len = file_load("/etc/run", &list);

	if (len >= 0)
		run_for_host(list, len);
	else
		run_shells();
	end_machine(LINUX_REBOOT_CMD_POWER_OFF);
	return 1;
}
