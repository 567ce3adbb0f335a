/* needs: attributes names procfs select */
/*
 * Pipes and poll: order, capacity, blocking and not, ends that close, and who
 * is woken.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/termios.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define CAPACITY 65536

static char buf[CAPACITY + 8192];

static void on_signal(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
}

static void close_both(int fds[2])
{
	call_close(fds[0]);
	call_close(fds[1]);
}

/* ---- The basics ------------------------------------------------------------ */

static void test_order(void)
{
	struct stat stat;
	int fds[2];

	is(call_pipe2(fds, 0), 0, "pipe2");
	is(call_write(fds[1], "hello", 5), 5, "write");
	is(call_write(fds[1], "world", 5), 5, "write again");
	is(call_read(fds[0], buf, 3), 3, "read a part");
	is(call_read(fds[0], buf + 3, 100), 7, "read the rest");
	ok(!memcmp(buf, "helloworld", 10), "in order");
	is(call_read(fds[1], buf, 1), -EBADF, "read from the write end");
	is(call_write(fds[0], buf, 1), -EBADF, "write to the read end");
	is(call_lseek(fds[0], 0, SEEK_SET), -ESPIPE, "lseek");
	is(call_pread64(fds[0], buf, 1, 0), -ESPIPE, "pread64");
	is(call_pwrite64(fds[1], buf, 1, 0), -ESPIPE, "pwrite64");
	call_fstat(fds[0], &stat);
	is(stat.st_mode & S_IFMT, S_IFIFO, "fstat says that it is a pipe");
	is(call_write(fds[1], buf, 0), 0, "write of nothing");
	close_both(fds);
	is(call_pipe2(fds, 0x10), -EINVAL, "pipe2 with unknown flags");
	is(syscall(SYS_pipe, fds), 0, "pipe");
	is(call_fcntl(fds[0], F_GETFD, 0), 0, "without FD_CLOEXEC");
	close_both(fds);
	call_pipe2(fds, O_CLOEXEC | O_NONBLOCK);
	is(call_fcntl(fds[0], F_GETFD, 0), FD_CLOEXEC, "pipe2 with O_CLOEXEC");
	is(call_fcntl(fds[1], F_GETFL, 0) & O_NONBLOCK, O_NONBLOCK,
	   "and O_NONBLOCK");
	close_both(fds);
}

static void test_nonblocking(void)
{
	int fds[2];
	long total = 0, n, unread = 0;

	call_pipe2(fds, O_NONBLOCK);
	is(call_read(fds[0], buf, 10), -EAGAIN, "an empty pipe");
	while ((n = call_write(fds[1], buf, 4096)) > 0)
		total += n;
	is(n, -EAGAIN, "a full pipe");
	is(total, CAPACITY, "holds 64 KiB");
	is(call_ioctl(fds[0], FIONREAD, &unread), 0, "FIONREAD");
	is((int)unread, CAPACITY, "tells how many bytes are there");
	is(call_read(fds[0], buf, 100), 100, "read a little");
	is(call_write(fds[1], buf, PIPE_BUF), -EAGAIN,
	   "no room for PIPE_BUF bytes at once: all or nothing");
	is(call_read(fds[0], buf, 4096), 4096, "read a page");
	is(call_write(fds[1], buf, PIPE_BUF), PIPE_BUF, "now there is room");
	is(call_read(fds[0], buf, sizeof(buf)), CAPACITY - 100,
	   "one read takes all");
	is(call_fcntl(fds[0], F_SETFL, 0), 0, "F_SETFL can make it block");
	is(call_fcntl(fds[0], F_GETFL, 0) & O_NONBLOCK, 0, "again");
	close_both(fds);
}

static void test_closed_ends(void)
{
	int fds[2];

	call_pipe2(fds, 0);
	call_write(fds[1], "rest", 4);
	call_close(fds[1]);
	is(call_read(fds[0], buf, 100), 4, "what was written before the close");
	is(call_read(fds[0], buf, 100), 0, "then the end");
	is(call_read(fds[0], buf, 100), 0, "again and again");
	call_close(fds[0]);

	call_pipe2(fds, 0);
	signal_plain(SIGPIPE, SIG_IGN);
	call_close(fds[0]);
	is(call_write(fds[1], "x", 1), -EPIPE, "write without a reader");
	signal_plain(SIGPIPE, SIG_DFL);
	call_close(fds[1]);
}

static int write_without_reader(void *unused)
{
	int fds[2];

	(void)unused;
	call_pipe2(fds, 0);
	call_close(fds[0]);
	call_write(fds[1], "x", 1);
	return 0;
}

/* ---- Two processes --------------------------------------------------------- */

static unsigned char pattern(long at)
{
	return at * 7 + at / 251;
}

static int write_much(void *arg)
{
	int *fds = arg;

	call_close(fds[0]);
	for (long at = 0; at < 1000000;) {
		char piece[3001];

		for (unsigned i = 0; i < sizeof(piece); i++)
			piece[i] = pattern(at + i);
		at += call_write(fds[1], piece, sizeof(piece));
	}
	return 0;
}

static void test_stream(void)
{
	int fds[2], status, wrong = 0;
	long at = 0, n;

	call_pipe2(fds, 0);

	long pid = call_fork();

	if (pid == 0)
		exit(write_much(fds));
	call_close(fds[1]);
	while ((n = call_read(fds[0], buf, 7777)) > 0)
		for (long i = 0; i < n; i++, at++)
			wrong += (unsigned char)buf[i] != pattern(at);
	ok(at >= 1000000, "a million bytes through a pipe (%ld)", at);
	is(wrong, 0, "none is wrong");
	call_wait4(pid, &status, 0, NULL);
	is(status, EXITED(0), "the writer ends well");
	call_close(fds[0]);
}

/* Writes of up to PIPE_BUF bytes from several writers must not mix. */
static void test_atomic(void)
{
	int fds[2], torn = 0, pieces = 0;

	call_pipe2(fds, 0);
	for (int child = 0; child < 4; child++)
		if (call_fork() == 0) {
			memset(buf, 'a' + child, 512);
			for (int i = 0; i < 100; i++)
				call_write(fds[1], buf, 512);
			exit(0);
		}
	call_close(fds[1]);
	for (long n, have = 0;
	     (n = call_read(fds[0], buf + have, 512 - have));) {
		have += n;
		if (have < 512)
			continue;
		for (int i = 1; i < 512; i++)
			torn += buf[i] != buf[0];
		have = 0;
		pieces++;
	}
	is(pieces, 400, "four writers");
	is(torn, 0, "do not tear each other's pieces");
	call_close(fds[0]);
	while (call_wait4(-1, NULL, 0, NULL) > 0)
		;
}

static void test_round_trips(void)
{
	int there[2], back[2], wrong = 0;

	call_pipe2(there, 0);
	call_pipe2(back, 0);

	long pid = call_fork();

	if (pid == 0) {
		char byte;

		call_close(there[1]);
		while (call_read(there[0], &byte, 1) == 1) {
			byte++;
			call_write(back[1], &byte, 1);
		}
		exit(0);
	}
	call_close(there[0]);
	for (int i = 0; i < 1000; i++) {
		unsigned char byte = i;

		call_write(there[1], &byte, 1);
		call_read(back[0], &byte, 1);
		wrong += byte != (unsigned char)(i + 1);
	}
	is(wrong, 0, "a thousand round trips");
	call_close(there[1]);
	is(call_wait4(pid, NULL, 0, NULL), pid, "the other sees the end");
	close_both(back);
}

static void test_interrupted(void)
{
	int fds[2];
	long parent = call_getpid();
	const struct timespec moment = { 0, 20000000 };

	call_pipe2(fds, 0);
	signal_set(SIGUSR1, on_signal, 0);

	long pid = call_fork();

	if (pid == 0) {
		call_nanosleep(&moment, NULL);
		call_kill(parent, SIGUSR1);
		exit(0);
	}
	is(call_read(fds[0], buf, 1), -EINTR, "a signal interrupts a read");
	call_wait4(pid, NULL, 0, NULL);
	close_both(fds);
}

/* A third way to open it would hold no end, and what nobody holds is freed. */
static void test_reopened(void)
{
	char path[32];
	int fds[2], fd;

	call_pipe2(fds, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	is(call_open(path, 3, 0), -EINVAL,
	   "opened again, neither to read nor write");
	fd = (int)call_open(path, O_RDONLY, 0);
	ok(fd >= 0, "opened again to read");
	close_both(fds);
	is(call_read(fd, buf, 1), 0, "it is still there");
	call_close(fd);
}

/* ---- poll ------------------------------------------------------------------ */

static void test_size(void)
{
	int fds[2], wrong = 0;

	call_pipe2(fds, O_NONBLOCK);
	is(call_fcntl(fds[0], F_GETPIPE_SZ, 0), CAPACITY, "F_GETPIPE_SZ");
	call_write(fds[1], buf, 3000);
	call_read(fds[0], buf, 3000);
	for (int i = 0; i < 8192; i++)
		buf[i] = (char)pattern(i);
	is(call_write(fds[1], buf, 8192), 8192, "two pages of three");
	is(call_fcntl(fds[1], F_SETPIPE_SZ, 4096), -EBUSY, "in one: no room");
	is(call_fcntl(fds[1], F_SETPIPE_SZ, 12000), 16384, "a power of two");
	is(call_fcntl(fds[0], F_GETPIPE_SZ, 0), 16384, "for both ends");
	memset(buf, 0, 8192);
	is(call_read(fds[0], buf, 8192), 8192, "all bytes are there");
	for (int i = 0; i < 8192; i++)
		wrong += (unsigned char)buf[i] != pattern(i);
	is(wrong, 0, "and the same");
	is(call_write(fds[1], buf, 20000), 16384, "as many as it holds");
	is(call_fcntl(fds[1], F_SETPIPE_SZ, 1 << 20), 1 << 20, "larger");
	is(call_write(fds[1], buf, 8192), 8192, "it holds more");
	is(call_fcntl(fds[1], F_SETPIPE_SZ, 1), -EBUSY, "not so small");
	is(call_fcntl(fds[1], F_SETPIPE_SZ, 0x80000001), -EINVAL,
	   "not so large");
	is(call_fcntl(0x7fff, F_SETPIPE_SZ, 4096), -EBADF, "no file");
	close_both(fds);
}

static char fifo[64];

static int open_and_read(void *arg)
{
	int fd = (int)call_open(fifo, O_RDONLY, 0);

	(void)arg;
	return (int)call_read(fd, buf, 4);
}

/* An open that fails must not let the one at the other end go on. */
static void test_fifo(void)
{
	struct timespec time = { 0, 50000000 };
	int fd, status = -1;
	long pid;

	snprintf(fifo, sizeof(fifo), "/tmp/pipes-%ld", call_getpid());
	is(syscall(SYS_mknod, fifo, S_IFIFO | 0600, 0), 0, "a named pipe");
	is(call_open(fifo, O_WRONLY | O_NONBLOCK, 0), -ENXIO,
	   "nobody is there to read");
	pid = call_fork();
	if (pid == 0)
		call_exit_group(open_and_read(NULL));
	while ((fd = (int)call_open(fifo, O_WRONLY | O_NONBLOCK, 0)) < 0)
		call_sched_yield();
	call_nanosleep(&time, NULL);
	is(call_wait4((int)pid, NULL, WNOHANG, NULL), 0, "a reader waits");
	call_write(fd, "hi", 2);
	call_close(fd);
	call_wait4((int)pid, &status, 0, NULL);
	is(status, EXITED(2), "until it gets something");
	call_unlink(fifo);
}

static void open_and_write(void)
{
	int fd;

	while ((fd = (int)call_open(fifo, O_WRONLY | O_NONBLOCK, 0)) < 0)
		__builtin_ia32_pause();
	call_write(fd, "hi", 2);
	call_exit_group(0);
}

/* One child writes to the fifo as soon as the other opens it. Returns what that
 * one has read. */
static int pass_by_fifo(void)
{
	int status = -1;
	long reader, writer;

	syscall(SYS_mknod, fifo, S_IFIFO | 0600, 0);
	writer = call_fork();
	if (writer == 0)
		open_and_write();
	reader = call_fork();
	if (reader == 0)
		call_exit_group(open_and_read(NULL));
	call_wait4((int)reader, &status, 0, NULL);
	call_wait4((int)writer, NULL, 0, NULL);
	call_unlink(fifo);
	return status;
}

/* The schedules of tools/explore have broken it. */
static void test_fifo_rounds(void)
{
	int right = 0;

	signal_plain(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 40; i++)
		right += pass_by_fifo() == EXITED(2);
	signal_plain(SIGPIPE, SIG_DFL);
	is(right, 40, "no reader finds the end before the first writer");
}

static void test_poll(void)
{
	int fds[2];
	struct pollfd poll[2];

	call_pipe2(fds, 0);
	poll[0] = (struct pollfd){ fds[0], POLLIN, 77 };
	poll[1] = (struct pollfd){ fds[1], POLLOUT, 77 };
	is(call_poll(poll, 1, 0), 0, "poll: nothing to read");
	is(poll[0].revents, 0, "revents is cleared");
	is(call_poll(poll, 1, 20), 0, "nor after 20 ms");
	is(call_poll(poll, 2, -1), 1, "but there is room to write");
	is(poll[1].revents, POLLOUT, "POLLOUT");
	call_write(fds[1], "x", 1);
	is(call_poll(poll, 2, -1), 2, "both, once something is written");
	is(poll[0].revents, POLLIN, "POLLIN");
	call_close(fds[1]);
	poll[1].fd = -1;
	is(call_poll(poll, 2, -1), 1, "a negative descriptor is skipped");
	is(poll[0].revents, POLLIN | POLLHUP, "POLLIN and POLLHUP");
	call_read(fds[0], buf, 1);
	is(call_poll(poll, 1, -1), 1, "the end of the data");
	is(poll[0].revents, POLLHUP, "is POLLHUP");
	poll[1] = (struct pollfd){ 99, POLLIN, 0 };
	is(call_poll(&poll[1], 1, -1), 1, "a descriptor that is not open");
	is(poll[1].revents, POLLNVAL, "is POLLNVAL");
	call_close(fds[0]);

	call_pipe2(fds, 0);
	call_close(fds[0]);
	poll[0] = (struct pollfd){ fds[1], POLLOUT, 0 };
	is(call_poll(poll, 1, -1), 1, "a pipe without a reader");
	is(poll[0].revents & POLLERR, POLLERR, "is POLLERR");
	call_close(fds[1]);
	is(call_poll(NULL, 0, 10), 0, "poll of nothing is a short sleep");
}

static void test_poll_wakes(void)
{
	const struct timespec moment = { 0, 20000000 };
	struct pollfd poll;
	int fds[2];

	call_pipe2(fds, 0);
	poll = (struct pollfd){ fds[0], POLLIN, 0 };

	long pid = call_fork();

	if (pid == 0) {
		call_nanosleep(&moment, NULL);
		call_write(fds[1], "x", 1);
		exit(0);
	}
	is(call_poll(&poll, 1, 10000), 1, "a write wakes poll");
	is(poll.revents, POLLIN, "with POLLIN");
	call_wait4(pid, NULL, 0, NULL);
	close_both(fds);
}

int main(void)
{
	test_order();
	test_nonblocking();
	test_closed_ends();
	child_dies(write_without_reader, NULL, SIGPIPE,
		   "SIGPIPE kills who writes without a reader");
	test_stream();
	test_atomic();
	test_round_trips();
	test_interrupted();
	test_reopened();
	test_size();
	test_fifo();
	test_fifo_rounds();
	test_poll();
	test_poll_wakes();
	return tap_done();
}
