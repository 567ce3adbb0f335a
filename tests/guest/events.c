/* needs: epoll procfs select threads */
/*
 * epoll and eventfd: who has something, level- and edge-triggered, once, and
 * what is forgotten when a file is closed.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/poll.h"
#include "tests/guest/thread.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

static int epoll;
static struct epoll_event events[8];

static long control(int operation, int fd, uint32_t wanted, uint64_t data)
{
	struct epoll_event event = { wanted, data };

	return syscall(SYS_epoll_ctl, epoll, operation, fd, &event);
}

static long wait_for(int max, int ms)
{
	memset(events, 0, sizeof(events));
	return syscall(SYS_epoll_wait, epoll, events, max, ms);
}

static void sleep_ms(long ms)
{
	struct timespec time = { 0, ms * 1000000 };

	call_nanosleep(&time, NULL);
}

/* ---- eventfd ------------------------------------------------------------------ */

static void test_counter(void)
{
	int fd = (int)syscall(SYS_eventfd2, 5, EFD_NONBLOCK);
	uint64_t value = 3;

	ok(fd >= 0, "eventfd2");
	is(call_write(fd, &value, 8), 8, "add 3");
	is(call_read(fd, &value, 8), 8, "read");
	is((long)value, 8, "5 and 3");
	is(call_read(fd, &value, 8), -EAGAIN, "read nothing");
	is(call_read(fd, &value, 7), -EINVAL, "read 7 bytes");
	is(call_write(fd, &value, 4), -EINVAL, "write 4 bytes");
	value = UINT64_MAX;
	is(call_write(fd, &value, 8), -EINVAL, "write too much");
	value = UINT64_MAX - 1;
	is(call_write(fd, &value, 8), 8, "write the most");
	value = 1;
	is(call_write(fd, &value, 8), -EAGAIN, "and one more");
	is(call_read(fd, (void *)8, 8), -EFAULT, "read to nowhere");
	is(call_write(fd, (void *)8, 8), -EFAULT, "write from nowhere");
	is(call_lseek(fd, 0, SEEK_SET) == -ESPIPE ||
		   call_lseek(fd, 0, SEEK_SET) == 0,
	   1, "lseek is of no use");
	call_close(fd);
	is(syscall(SYS_eventfd2, 0, 0x10), -EINVAL, "unknown flags");
	fd = (int)syscall(SYS_eventfd2, 2, EFD_SEMAPHORE | EFD_CLOEXEC);
	is(call_fcntl(fd, F_GETFD, 0), FD_CLOEXEC, "EFD_CLOEXEC");
	call_read(fd, &value, 8);
	is((long)value, 1, "a semaphore gives 1");
	call_close(fd);
}

static int blocking_fd;

static void write_later(void *arg)
{
	uint64_t value = 7;

	(void)arg;
	sleep_ms(30);
	call_write(blocking_fd, &value, 8);
}

static struct thread thread;

static void test_blocking(void)
{
	uint64_t value = 0;

	blocking_fd = (int)syscall(SYS_eventfd, 0);
	thread_start(&thread, write_later, NULL);
	is(call_read(blocking_fd, &value, 8), 8, "a read waits");
	is((long)value, 7, "for what comes");
	thread_join(&thread);
	call_close(blocking_fd);
}

/* ---- epoll -------------------------------------------------------------------- */

static void test_errors(void)
{
	int file = (int)call_open("/proc/self/status", O_RDONLY, 0), fds[2];

	is(syscall(SYS_epoll_create1, 1), -EINVAL, "epoll_create1, flags");
	is(syscall(SYS_epoll_create, 0), -EINVAL, "epoll_create of nothing");
	epoll = (int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC);
	ok(epoll >= 0, "epoll_create1");
	is(call_fcntl(epoll, F_GETFD, 0), FD_CLOEXEC, "EPOLL_CLOEXEC");
	call_pipe2(fds, 0);
	is(control(EPOLL_CTL_ADD, 99, EPOLLIN, 0), -EBADF, "add what is not");
	is(control(EPOLL_CTL_ADD, epoll, EPOLLIN, 0), -EINVAL, "add itself");
	is(control(EPOLL_CTL_DEL, fds[0], 0, 0), -ENOENT, "remove a stranger");
	is(control(EPOLL_CTL_MOD, fds[0], 0, 0), -ENOENT, "change a stranger");
	is(control(9, fds[0], 0, 0), -EINVAL, "no such operation");
	is(control(EPOLL_CTL_ADD, fds[0], EPOLLIN, 0), 0, "add");
	is(control(EPOLL_CTL_ADD, fds[0], EPOLLIN, 0), -EEXIST, "add again");
	is(syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_MOD, fds[0], 8), -EFAULT,
	   "an event that is nowhere");
	is(syscall(SYS_epoll_ctl, fds[0], EPOLL_CTL_ADD, fds[1], events),
	   -EINVAL, "a pipe is no epoll");
	is(wait_for(0, 0), -EINVAL, "wait for no event");
	is(syscall(SYS_epoll_wait, fds[0], events, 1, 0), -EINVAL,
	   "wait for a pipe");
	is(syscall(SYS_epoll_wait, 99, events, 1, 0), -EBADF,
	   "wait for what is not");
	is(call_read(epoll, events, 8), -EINVAL, "read an epoll");
	call_close(file);
	call_close(fds[0]);
	call_close(fds[1]);
	call_close(epoll);
}

static void test_level(void)
{
	char buffer[8];
	int fds[2];

	epoll = (int)syscall(SYS_epoll_create, 1);
	call_pipe2(fds, O_NONBLOCK);
	control(EPOLL_CTL_ADD, fds[0], EPOLLIN, 0x1234567890);
	is(wait_for(8, 0), 0, "nothing is there");
	call_write(fds[1], "ab", 2);
	is(wait_for(8, -1), 1, "something is");
	is(events[0].events, EPOLLIN, "to be read");
	is((long)events[0].data, 0x1234567890, "our data");
	is(wait_for(8, 0), 1, "it still is");
	call_read(fds[0], buffer, 1);
	is(wait_for(8, 0), 1, "a part still is");
	call_read(fds[0], buffer, 1);
	is(wait_for(8, 10), 0, "no more");
	control(EPOLL_CTL_ADD, fds[1], EPOLLOUT, 2);
	is(wait_for(8, 0), 1, "the other end has room");
	is(events[0].events, EPOLLOUT, "to be written");
	call_write(fds[1], "x", 1);
	is(wait_for(8, 0), 2, "both");
	is(wait_for(1, 0), 1, "one at a time");
	uint64_t first = events[0].data;

	is(wait_for(1, 0), 1, "and then");
	ok(events[0].data != first, "the other one");
	control(EPOLL_CTL_MOD, fds[1], 0, 2);
	is(wait_for(8, 0), 1, "changed to want nothing");
	call_close(fds[1]);
	is(wait_for(8, 0), 1, "the writer has gone");
	is(events[0].events, EPOLLIN | EPOLLHUP, "EPOLLHUP comes unasked");
	call_close(fds[0]);
	is(wait_for(8, 0), 0, "a closed file is forgotten");
	call_close(epoll);
}

static void test_edge(void)
{
	char buffer[8];
	int fds[2];

	epoll = (int)syscall(SYS_epoll_create1, 0);
	call_pipe2(fds, O_NONBLOCK);
	control(EPOLL_CTL_ADD, fds[0], EPOLLIN | EPOLLET, 1);
	call_write(fds[1], "ab", 2);
	is(wait_for(8, 0), 1, "edge-triggered: told");
	is(wait_for(8, 0), 0, "once");
	call_write(fds[1], "c", 1);
	is(wait_for(8, 0), 1, "and again when more comes");
	call_read(fds[0], buffer, 8);
	is(wait_for(8, 0), 0, "not when there is less");
	control(EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLONESHOT, 1);
	call_write(fds[1], "d", 1);
	is(wait_for(8, 0), 1, "one shot");
	call_write(fds[1], "e", 1);
	is(wait_for(8, 0), 0, "is all");
	control(EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLONESHOT, 1);
	is(wait_for(8, 0), 1, "until it is changed");
	control(EPOLL_CTL_DEL, fds[0], 0, 0);
	call_write(fds[1], "f", 1);
	is(wait_for(8, 0), 0, "removed");
	call_close(fds[0]);
	call_close(fds[1]);
	call_close(epoll);
}

/* A file lives as long as any descriptor of it. */
static void test_duplicates(void)
{
	int fds[2], copy;

	epoll = (int)syscall(SYS_epoll_create1, 0);
	call_pipe2(fds, 0);
	control(EPOLL_CTL_ADD, fds[0], EPOLLIN, 1);
	copy = (int)call_dup(fds[0]);
	is(control(EPOLL_CTL_ADD, copy, EPOLLIN, 2), 0,
	   "the same file by another descriptor");
	call_write(fds[1], "x", 1);
	is(wait_for(8, 0), 2, "counts twice");
	call_close(copy);
	is(wait_for(8, 0), 2, "closed, but the file is open");
	call_close(fds[0]);
	is(wait_for(8, 0), 0, "the last one closed");
	call_close(fds[1]);
	call_close(epoll);
}

static void on_signal(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
}

static void signal_later(void *arg)
{
	sleep_ms(30);
	syscall(SYS_tgkill, call_getpid(), (long)arg, SIGUSR1);
}

static bool interrupted;

/* Again and again: the first may come before anybody waits. */
static void signal_until(void *arg)
{
	while (!__atomic_load_n(&interrupted, __ATOMIC_ACQUIRE))
		signal_later(arg);
}

static void test_waiting(void)
{
	long tid = syscall(SYS_gettid);
	sigset_t mask = SIGNAL_BIT(SIGUSR1), old, none = 0;

	epoll = (int)syscall(SYS_epoll_create1, 0);
	blocking_fd = (int)syscall(SYS_eventfd2, 0, 0);
	control(EPOLL_CTL_ADD, blocking_fd, EPOLLIN, 1);
	thread_start(&thread, write_later, NULL);
	is(wait_for(8, 5000), 1, "woken from sleep");
	thread_join(&thread);
	control(EPOLL_CTL_DEL, blocking_fd, 0, 0);
	signal_set(SIGUSR1, on_signal, SA_RESTART);
	thread_start(&thread, signal_until, (void *)tid);
	is(wait_for(8, 5000), -EINTR, "a signal, even with SA_RESTART");
	__atomic_store_n(&interrupted, true, __ATOMIC_RELEASE);
	thread_join(&thread);
	call_rt_sigprocmask(SIG_BLOCK, &mask, NULL);
	thread_start(&thread, signal_later, (void *)tid);
	is(syscall(SYS_epoll_pwait, epoll, events, 8, 5000, &none, 8), -EINTR,
	   "epoll_pwait lets it in");
	thread_join(&thread);
	call_rt_sigprocmask(SIG_BLOCK, NULL, &old);
	is((long)(old & mask), (long)mask, "and blocks it again");
	is(syscall(SYS_epoll_pwait, epoll, events, 8, 0, &none, 8), 0,
	   "without a signal");
	call_rt_sigprocmask(SIG_BLOCK, NULL, &old);
	is((long)(old & mask), (long)mask, "it is blocked again, too");
	is(syscall(SYS_epoll_pwait, epoll, events, 8, 0, &none, 4), -EINVAL,
	   "a mask of another size");
	call_close(blocking_fd);
	call_close(epoll);
}

/* An epoll is a file that can be waited for, by poll and by another epoll. */
static void test_nested(void)
{
	int inner = (int)syscall(SYS_epoll_create1, 0), fds[2], chain[6];
	struct epoll_event event = { EPOLLIN, 5 };
	struct pollfd poll = { inner, POLLIN, 0 };
	char buffer[8];

	epoll = (int)syscall(SYS_epoll_create1, 0);
	call_pipe2(fds, O_NONBLOCK);
	syscall(SYS_epoll_ctl, inner, EPOLL_CTL_ADD, fds[0], &event);
	is(syscall(SYS_poll, &poll, 1, 0), 0, "an idle epoll, asked by poll");
	is(control(EPOLL_CTL_ADD, inner, EPOLLIN, 9), 0, "an epoll in another");
	is(wait_for(8, 0), 0, "idle");
	call_write(fds[1], "a", 1);
	is(syscall(SYS_poll, &poll, 1, 1000), 1, "it has something");
	is(poll.revents, POLLIN, "to be read");
	is(wait_for(8, 1000), 1, "the outer one knows");
	is((long)events[0].data, 9, "from where");
	is(wait_for(8, 0), 1, "and asks again");
	call_read(fds[0], buffer, 8);
	is(wait_for(8, 0), 0, "until it is read");
	is(syscall(SYS_poll, &poll, 1, 0), 0, "poll, too");
	control(EPOLL_CTL_MOD, inner, EPOLLIN | EPOLLET, 9);
	call_write(fds[1], "b", 1);
	is(wait_for(8, 0), 1, "edge-triggered");
	is(wait_for(8, 0), 0, "once");
	is(syscall(SYS_epoll_ctl, inner, EPOLL_CTL_ADD, epoll, &event), -ELOOP,
	   "no loop");
	call_close(inner);
	is(wait_for(8, 0), 0, "the inner one is closed");
	call_close(epoll);

	chain[0] = (int)syscall(SYS_epoll_create1, 0);
	for (int i = 1; i < 6; i++) {
		chain[i] = (int)syscall(SYS_epoll_create1, 0);
		is(syscall(SYS_epoll_ctl, chain[i], EPOLL_CTL_ADD, chain[i - 1],
			   &event),
		   i < 5 ? 0 : -ELOOP, "a chain of %d", i + 1);
	}
	syscall(SYS_epoll_ctl, chain[0], EPOLL_CTL_ADD, fds[0], &event);
	epoll = chain[4];
	is(wait_for(8, 0), 1, "through the whole chain");
	for (int i = 0; i < 6; i++)
		call_close(chain[i]);
	call_close(fds[0]);
	call_close(fds[1]);
}

static void wait_in_poll(void *arg)
{
	struct pollfd poll = { epoll, POLLIN, 0 };

	*(long *)arg = syscall(SYS_poll, &poll, 1, 5000);
}

static void test_poll_sleeps(void)
{
	static long result;
	uint64_t value = 1;

	epoll = (int)syscall(SYS_epoll_create1, 0);
	blocking_fd = (int)syscall(SYS_eventfd2, 0, 0);
	control(EPOLL_CTL_ADD, blocking_fd, EPOLLIN, 1);
	thread_start(&thread, wait_in_poll, &result);
	sleep_ms(50);
	call_write(blocking_fd, &value, 8);
	thread_join(&thread);
	is(result, 1, "poll of an epoll is woken");
	call_close(blocking_fd);
	call_close(epoll);
}

/* A file that never had a name cannot be opened by one. */
static void test_reopened(void)
{
	int fd = (int)syscall(SYS_eventfd2, 1, 0);
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	is(call_open(name, O_RDWR, 0), -ENXIO, "an eventfd opened again");
	call_close(fd);
	fd = (int)syscall(SYS_epoll_create1, 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	is(call_open(name, O_RDWR, 0), -ENXIO, "an epoll opened again");
	call_close(fd);
}

int main(void)
{
	test_counter();
	test_blocking();
	test_errors();
	test_level();
	test_edge();
	test_duplicates();
	test_waiting();
	test_nested();
	test_poll_sleeps();
	test_reopened();
	return tap_done();
}
