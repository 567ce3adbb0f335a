/* needs: locks threads */
/*
 * flock, and fcntl's locks on ranges of bytes: who may have what beside whom,
 * and when they go.
 */
#include "kernel/abi/errno.h"
#include "tests/guest/thread.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

static char path[64];

static int open_file(int flags)
{
	return (int)call_open(path, flags, 0600);
}

static long flock(int fd, int operation)
{
	return syscall(SYS_flock, fd, operation);
}

static long lock(int fd, int command, int type, long start, long length)
{
	struct flock flock = { .l_type = (int16_t)type,
			       .l_start = start,
			       .l_len = length };

	return call_fcntl(fd, command, (long)&flock);
}

/* ---- flock -------------------------------------------------------------------- */

static void test_flock(void)
{
	int a = open_file(O_RDWR), b = open_file(O_RDONLY), c;

	is(flock(a, LOCK_SH), 0, "shared");
	is(flock(b, LOCK_SH | LOCK_NB), 0, "and shared");
	is(flock(b, LOCK_EX | LOCK_NB), -EAGAIN, "but not exclusive");
	is(flock(a, LOCK_EX | LOCK_NB), 0, "which took the other's away");
	is(flock(b, LOCK_SH | LOCK_NB), -EAGAIN, "now it is exclusive");
	c = (int)call_dup(a);
	is(flock(c, LOCK_EX | LOCK_NB), 0, "a copy has the same lock");
	call_close(a);
	is(flock(b, LOCK_SH | LOCK_NB), -EAGAIN, "as long as one is open");
	is(flock(c, LOCK_UN), 0, "unlock");
	is(flock(b, LOCK_EX | LOCK_NB), 0, "the other gets it");
	is(flock(b, 16), -EINVAL, "no such operation");
	is(flock(99, LOCK_SH), -EBADF, "no such file");
	call_close(b);
	is(flock(c, LOCK_EX | LOCK_NB), 0, "closing unlocks");
	call_close(c);
}

static int wait_for_flock(void *arg)
{
	int fd = open_file(O_RDONLY);

	(void)arg;
	return flock(fd, LOCK_EX) ? 1 : 0;
}

static void test_flock_wait(void)
{
	struct timespec time = { 0, 30000000 };
	int fd = open_file(O_RDWR), status = -1;
	long pid;

	flock(fd, LOCK_EX);
	pid = call_fork();
	if (pid == 0)
		call_exit_group(wait_for_flock(NULL));
	call_nanosleep(&time, NULL);
	is(call_wait4((int)pid, NULL, WNOHANG, NULL), 0, "another one waits");
	flock(fd, LOCK_UN);
	call_wait4((int)pid, &status, 0, NULL);
	is(status, EXITED(0), "until it is unlocked");
	call_close(fd);
}

/* ---- fcntl -------------------------------------------------------------------- */

/* In a child: what can it lock? */
static int try_ranges(void *arg)
{
	int fd = open_file(O_RDWR), bits = 0;

	(void)arg;
	for (int i = 0; i < 6; i++)
		if (lock(fd, F_SETLK, F_WRLCK, i * 10, 10) == 0)
			bits |= 1 << i;
	return bits;
}

static int who_has(void *arg)
{
	struct flock flock = { .l_type = F_WRLCK, .l_len = 0 };
	int fd = open_file(O_RDWR);

	call_fcntl(fd, F_GETLK, (long)&flock);
	return flock.l_type == F_RDLCK && flock.l_start == 20 &&
			       flock.l_len == 10 && flock.l_pid == *(int *)arg
		       ? 7
		       : 8;
}

static void test_ranges(void)
{
	int fd = open_file(O_RDWR), other, pid = (int)call_getpid();
	struct flock flock = { .l_type = F_WRLCK };

	child_exits(try_ranges, NULL, 63, "all is free");
	is(lock(fd, F_SETLK, F_WRLCK, 0, 60), 0, "lock 0 to 59");
	child_exits(try_ranges, NULL, 0, "nothing is free");
	is(lock(fd, F_SETLK, F_UNLCK, 20, 10), 0, "unlock 20 to 29");
	child_exits(try_ranges, NULL, 4, "that is free");
	is(lock(fd, F_SETLK, F_UNLCK, 0, 5), 0, "unlock 0 to 4");
	child_exits(try_ranges, NULL, 4, "5 to 9 still are not");
	is(lock(fd, F_SETLK, F_UNLCK, 50, 0), 0, "unlock from 50 on");
	child_exits(try_ranges, NULL, 4 | 32, "and that");
	is(lock(fd, F_SETLK, F_UNLCK, 0, 0), 0, "unlock all");
	is(lock(fd, F_SETLK, F_RDLCK, 20, 10), 0, "lock for reading");
	child_exits(try_ranges, NULL, 63 - 4, "nobody may write there");
	child_exits(who_has, &pid, 7, "F_GETLK tells who has it");
	call_fcntl(fd, F_GETLK, (long)&flock);
	is(flock.l_type, F_UNLCK, "not oneself");
	other = open_file(O_RDWR);
	call_close(other);
	child_exits(try_ranges, NULL, 63,
		    "closing any descriptor of the file unlocks");
	call_close(fd);
}

static void test_range_errors(void)
{
	int fd = open_file(O_RDONLY);
	struct flock flock = { .l_type = F_RDLCK, .l_whence = 9 };

	is(lock(fd, F_SETLK, F_WRLCK, 0, 1), -EBADF, "write, only to read");
	is(lock(fd, F_SETLK, 9, 0, 1), -EINVAL, "no such type");
	is(lock(fd, F_SETLK, F_RDLCK, -1, 1), -EINVAL, "before the file");
	is(lock(fd, F_SETLK, F_RDLCK, 5, -6), -EINVAL, "to before the file");
	is(lock(fd, F_SETLK, F_RDLCK, 5, -5), 0, "backwards");
	is(call_fcntl(fd, F_SETLK, (long)&flock), -EINVAL, "no such whence");
	is(call_fcntl(fd, F_SETLK, 8), -EFAULT, "nowhere");
	is(lock(fd, F_SETLK, F_RDLCK, 0x7fffffffffffffff, 2), -EOVERFLOW,
	   "beyond the last byte");
	flock = (struct flock){ .l_type = F_RDLCK,
				.l_whence = SEEK_CUR,
				.l_start = 0x7fffffffffffffff };
	call_lseek(fd, 2, SEEK_SET);
	is(call_fcntl(fd, F_SETLK, (long)&flock), -EOVERFLOW,
	   "beyond it, from where the file is");
	is(lock(99, F_SETLK, F_RDLCK, 0, 1), -EBADF, "no such file");
	call_close(fd);
}

/* Locks of open files: not of processes. */
static void test_open_files(void)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);

	is(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10), 0, "a file's lock");
	is(lock(b, F_OFD_SETLK, F_WRLCK, 5, 10), -EAGAIN, "is in the way");
	is(lock(b, F_OFD_SETLK, F_WRLCK, 10, 10), 0, "but not beside it");
	is(flock(a, LOCK_EX | LOCK_NB), 0, "flock does not see it");
	call_close(a);
	is(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0), 0, "closing unlocks");
	call_close(b);
}

/* The first lock that is in the way of a whole file: where and how long. */
static int first_lock(void *arg)
{
	struct flock *expected = arg, flock = { .l_type = F_WRLCK };
	int fd = open_file(O_RDWR);

	call_fcntl(fd, F_GETLK, (long)&flock);
	return flock.l_type == expected->l_type &&
	       flock.l_start == expected->l_start &&
	       flock.l_len == expected->l_len;
}

static void test_joined(void)
{
	struct flock expected = { .l_type = F_WRLCK,
				  .l_start = 20,
				  .l_len = 10 };
	int fd = open_file(O_RDWR);

	lock(fd, F_SETLK, F_WRLCK, 20, 5);
	lock(fd, F_SETLK, F_WRLCK, 25, 5);
	child_exits(first_lock, &expected, 1, "neighbours are one lock");
	lock(fd, F_SETLK, F_RDLCK, 5, 2);
	lock(fd, F_SETLK, F_WRLCK, 22, 4);
	expected =
		(struct flock){ .l_type = F_RDLCK, .l_start = 5, .l_len = 2 };
	child_exits(first_lock, &expected, 1, "F_GETLK names the first");
	lock(fd, F_SETLK, F_RDLCK, 7, 18);
	expected.l_len = 20;
	child_exits(first_lock, &expected, 1, "joined across another kind");
	lock(fd, F_SETLK, F_UNLCK, 0, 25);
	expected =
		(struct flock){ .l_type = F_WRLCK, .l_start = 25, .l_len = 5 };
	child_exits(first_lock, &expected, 1, "of which the end is left");
	call_close(fd);
}

/* Two processes that wait for each other's lock. */
static void test_deadlock(void)
{
	struct timespec time = { 0, 50000000 };
	int fd = open_file(O_RDWR), status = -1;
	long pid;

	lock(fd, F_SETLK, F_WRLCK, 0, 1);
	pid = call_fork();
	if (pid == 0) {
		lock(fd, F_SETLKW, F_WRLCK, 1, 1);
		call_exit_group(lock(fd, F_SETLKW, F_WRLCK, 0, 1) ? 1 : 0);
	}
	while (lock(fd, F_SETLK, F_RDLCK, 1, 1) == 0) {
		lock(fd, F_SETLK, F_UNLCK, 1, 1);
		call_sched_yield();
	}
	call_nanosleep(&time, NULL);
	is(lock(fd, F_SETLK, F_WRLCK, 1, 1), -EAGAIN, "only asked for");
	is(lock(fd, F_SETLKW, F_WRLCK, 1, 1), -EDEADLK, "a circle is found");
	lock(fd, F_SETLK, F_UNLCK, 0, 0);
	call_wait4((int)pid, &status, 0, NULL);
	is(status, EXITED(0), "and the other one gets its lock");
	call_close(fd);
}

static int waiting_fd;
static long waited;

static void wait_for_lock(void *arg)
{
	(void)arg;
	waited = lock(waiting_fd, F_SETLKW, F_WRLCK, 0, 1);
}

/* A lock that is waited for by a descriptor which is closed meanwhile. */
static int close_while_waiting(void *arg)
{
	static struct thread thread;
	struct timespec time = { 0, 50000000 };

	(void)arg;
	waiting_fd = open_file(O_RDWR);
	thread_start(&thread, wait_for_lock, NULL);
	call_nanosleep(&time, NULL);
	call_close(waiting_fd);
	thread_join(&thread);
	return waited == -EBADF ? 0 : 1;
}

static void test_closed_meanwhile(void)
{
	struct timespec time = { 0, 120000000 };
	int fd = open_file(O_RDWR), status = -1;
	long pid;

	lock(fd, F_SETLK, F_WRLCK, 0, 1);
	pid = call_fork();
	if (pid == 0)
		call_exit_group(close_while_waiting(NULL));
	call_nanosleep(&time, NULL);
	lock(fd, F_SETLK, F_UNLCK, 0, 1);
	call_wait4((int)pid, &status, 0, NULL);
	is(status, EXITED(0), "closed while it waits: no descriptor");
	is(lock(fd, F_SETLK, F_WRLCK, 0, 1), 0, "and no lock is left behind");
	call_close(fd);
}

/* A flock() that fails does not touch the other locks of the open file. */
static void test_flock_fails(void)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);

	flock(b, LOCK_SH);
	lock(a, F_OFD_SETLK, F_WRLCK, 0, 1);
	is(flock(a, LOCK_EX | LOCK_NB), -EAGAIN, "flock fails");
	is(lock(b, F_OFD_SETLK, F_WRLCK, 0, 1), -EAGAIN,
	   "the file's lock on a range stays");
	call_close(a);
	call_close(b);
}

int main(void)
{
	snprintf(path, sizeof(path), "/tmp/locks-%ld", call_getpid());
	call_close(open_file(O_RDWR | O_CREAT));
	test_flock();
	test_flock_wait();
	test_ranges();
	test_range_errors();
	test_open_files();
	test_joined();
	test_deadlock();
	test_closed_meanwhile();
	test_flock_fails();
	call_unlink(path);
	return tap_done();
}
