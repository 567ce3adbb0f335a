/*
 * The guest's end of the line to the host: frames out of two pipes, frames
 * into a third, one poll(2) loop.
 */
#include "user/lib/relay.h"

#include <stdbool.h>

#include "kernel/abi/errno.h"
#include "kernel/abi/time.h"
#include "user/lib/file.h"
#include "user/lib/printf.h"
#include "user/lib/processes.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

#define CANNOT_EXECUTE 127
#define PIECE          4096 /* bytes moved at a time */
#define FULL_PIPE      16   /* pieces that a pipe holds */

struct relay {
	int line;
	int input;     /* to the program's standard input, -1: closed */
	int output[2]; /* from its standard output and error, -1: closed */

	long pid;
	bool ended;           /* status is valid */
	uint64_t deadline_ms; /* by CLOCK_MONOTONIC; UINT64_MAX: none */
	int status;

	/* The frame being read from the line. */
	char header[24];
	unsigned header_len;
	unsigned long frame_left; /* data bytes still to come */
	bool input_ended;         /* I 0 has been read */

	/* Input that the program has not taken yet. */
	char pending[PIECE];
	unsigned pending_start;
	unsigned pending_end;
};

/* Where the handler of SIGCHLD tells the poll loop. */
static int child_ended_fd;

static void on_child(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
	call_write(child_ended_fd, "", 1);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		call_close(*fd);
	*fd = -1;
}

/* ---- From the program to the host --------------------------------------- */

void relay_send_ready(int line)
{
	dprintf(line, "R 1\n");
}

void relay_send_file(int line, const char *path)
{
	char *data;
	long len = file_load(path, &data);

	if (len < 0) {
		dprintf(line, "f 0 %s\n", path);
		return;
	}
	dprintf(line, "F %ld %s\n", len, path);
	write_all(line, data, len);
	file_drop(data);
}

void relay_send_status(int line, int status)
{
	dprintf(line, "X %d\n", status);
}

/* Sends what there is of stream 0 or 1; whether there was something. */
static bool relay_output(struct relay *relay, int stream)
{
	char buf[PIECE];
	long n = -EBADF;

	if (relay->output[stream] >= 0)
		n = call_read(relay->output[stream], buf, sizeof(buf));
	if (n > 0) {
		dprintf(relay->line, "%c %ld\n", stream ? 'E' : 'O', n);
		write_all(relay->line, buf, n);
	}
	if (n == 0)
		close_fd(&relay->output[stream]);
	return n > 0;
}

/* ---- From the host to the program --------------------------------------- */

/* One byte of a header line; at its end the frame begins. */
static void take_header_byte(struct relay *relay, char byte)
{
	if (byte != '\n') {
		if (relay->header_len < sizeof(relay->header) - 1)
			relay->header[relay->header_len++] = byte;
		return;
	}
	relay->header[relay->header_len] = '\0';
	relay->header_len = 0;
	if (relay->header[0] != 'I' || relay->header[1] != ' ')
		return;

	long len = parse_number(relay->header + 2);

	if (len == 0)
		relay->input_ended = true;
	else if (len > 0)
		relay->frame_left = len;
}

/* Keeps of the bytes just read only what is data, at the buffer's start. */
static void take_frames(struct relay *relay, unsigned len)
{
	relay->pending_start = relay->pending_end = 0;
	for (unsigned i = 0; i < len; i++) {
		if (relay->frame_left) {
			relay->pending[relay->pending_end++] =
				relay->pending[i];
			relay->frame_left--;
		} else {
			take_header_byte(relay, relay->pending[i]);
		}
	}
}

static void read_line(struct relay *relay)
{
	long n = call_read(relay->line, relay->pending, sizeof(relay->pending));

	if (n > 0)
		take_frames(relay, n);
	else if (n != -EINTR && n != -EAGAIN)
		relay->input_ended = true;
}

static bool has_pending(const struct relay *relay)
{
	return relay->pending_start < relay->pending_end;
}

/* Gives the program what it takes; a closed pipe takes and loses all. */
static void feed_input(struct relay *relay)
{
	long n = call_write(relay->input, relay->pending + relay->pending_start,
			    relay->pending_end - relay->pending_start);

	if (n > 0)
		relay->pending_start += n;
	else if (n != -EAGAIN && n != -EINTR)
		close_fd(&relay->input);
}

/* ---- The program -------------------------------------------------------- */

static void reap(struct relay *relay, int ended_fd)
{
	char bytes[64];
	int status;
	long pid;

	call_read(ended_fd, bytes, sizeof(bytes));
	while ((pid = call_wait4(-1, &status, WNOHANG, NULL)) > 0)
		if (pid == relay->pid) {
			relay->status = status;
			relay->ended = true;
		}
}

static _Noreturn void become(const int files[3], char *const argv[],
			     char *const envp[])
{
	for (int i = 0; i < 3; i++)
		call_dup2(files[i], i);
	signal_plain(SIGPIPE, SIG_DFL);

	long error = call_execve(argv[0], argv, envp);

	dprintf(2, "init: cannot run %s: %s\n", argv[0], errno_name(error));
	exit(CANNOT_EXECUTE);
}

/*
 * Makes the three pipes and starts the program with their other ends, which
 * are above 2, so that no dup2() overwrites one that is still needed.
 */
static long start_program(struct relay *relay, char *const argv[],
			  char *const envp[])
{
	int in[2], out[2], err[2];

	if (call_pipe2(in, O_CLOEXEC) || call_pipe2(out, O_CLOEXEC) ||
	    call_pipe2(err, O_CLOEXEC))
		return -EMFILE;

	const int files[3] = { in[0], out[1], err[1] };

	relay->pid = call_fork();
	if (relay->pid == 0)
		become(files, argv, envp);
	for (int i = 0; i < 3; i++)
		call_close(files[i]);
	relay->input = in[1];
	relay->output[0] = out[0];
	relay->output[1] = err[0];
	call_fcntl(relay->input, F_SETFL, O_WRONLY | O_NONBLOCK);
	call_fcntl(relay->output[0], F_SETFL, O_NONBLOCK);
	call_fcntl(relay->output[1], F_SETFL, O_NONBLOCK);
	return relay->pid < 0 ? relay->pid : 0;
}

/* By the system call, which a broken vDSO cannot deceive. */
static uint64_t now_ms(void)
{
	struct timespec now = { 0, 0 };

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until the deadline, for poll(2): -1 is for ever. */
static int time_left(const struct relay *relay)
{
	uint64_t now;

	if (relay->deadline_ms == UINT64_MAX)
		return -1;
	now = now_ms();
	return now < relay->deadline_ms ? (int)(relay->deadline_ms - now) : 0;
}

/* The time is over: tells the host what goes on. The program runs on, for the
 * host to see where, until the host ends the machine. */
static _Noreturn void give_up(struct relay *relay)
{
	int text[2];
	char buf[PIECE];
	long size;

	if (!call_pipe2(text, O_CLOEXEC | O_NONBLOCK)) {
		processes_print(text[1]);
		call_close(text[1]);
		while ((size = call_read(text[0], buf, sizeof(buf))) > 0) {
			dprintf(relay->line, "E %ld\n", size);
			write_all(relay->line, buf, size);
		}
		call_close(text[0]);
	}
	dprintf(relay->line, "L 0\n");
	for (;;)
		call_poll(NULL, 0, -1);
}

/* One turn of the loop: waits, then does whatever is possible. */
static void turn(struct relay *relay, int ended_fd)
{
	bool pending = has_pending(relay);
	struct pollfd fds[] = {
		{ .fd = ended_fd, .events = POLLIN },
		{ .fd = relay->output[0], .events = POLLIN },
		{ .fd = relay->output[1], .events = POLLIN },
		{ .fd = pending || relay->input_ended ? -1 : relay->line,
		  .events = POLLIN },
		{ .fd = pending ? relay->input : -1, .events = POLLOUT },
	};

	if (call_poll(fds, 5, time_left(relay)) < 0)
		return;
	if (!time_left(relay))
		give_up(relay);
	if (fds[1].revents)
		relay_output(relay, 0);
	if (fds[2].revents)
		relay_output(relay, 1);
	if (fds[3].revents)
		read_line(relay);
	if (fds[4].revents)
		feed_input(relay);
	if (relay->input < 0)
		relay->pending_start = relay->pending_end;
	if (relay->input_ended && !has_pending(relay))
		close_fd(&relay->input);
	if (fds[0].revents)
		reap(relay, ended_fd);
}

/*
 * What the program left in its pipes.  Not until they are closed: a process
 * that it started and left behind may hold them for ever.
 */
static void drain(struct relay *relay)
{
	for (int stream = 0; stream < 2; stream++)
		for (int i = 0; i < FULL_PIPE; i++)
			if (!relay_output(relay, stream))
				break;
}

long relay_run(int line, char *const argv[], char *const envp[], long limit_ms)
{
	struct relay relay = { .line = line, .deadline_ms = UINT64_MAX };
	int ended[2];
	long error = call_pipe2(ended, O_CLOEXEC | O_NONBLOCK);

	if (error)
		return error;
	child_ended_fd = ended[1];
	signal_set(SIGCHLD, on_child, SA_RESTART | SA_NOCLDSTOP);
	signal_plain(SIGPIPE, SIG_IGN);

	error = start_program(&relay, argv, envp);
	if (error)
		return error;
	if (limit_ms >= 0)
		relay.deadline_ms = now_ms() + (uint64_t)limit_ms;
	while (!relay.ended)
		turn(&relay, ended[0]);
	drain(&relay);
	close_fd(&relay.input);
	for (int i = 0; i < 2; i++) {
		close_fd(&relay.output[i]);
		call_close(ended[i]);
	}
	signal_plain(SIGCHLD, SIG_DFL);
	return relay.status;
}
