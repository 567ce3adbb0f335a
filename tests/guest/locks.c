/*
 * flock, and fcntl's locks on ranges of bytes: who may have what beside whom,
 * and when they go.
 */
#include "kernel/abi/errno.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

static char path[64];

static int open_file(int flags)
{
	return (int)sys_open(path, flags, 0600);
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

	return sys_fcntl(fd, command, (long)&flock);
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
	c = (int)sys_dup(a);
	is(flock(c, LOCK_EX | LOCK_NB), 0, "a copy has the same lock");
	sys_close(a);
	is(flock(b, LOCK_SH | LOCK_NB), -EAGAIN, "as long as one is open");
	is(flock(c, LOCK_UN), 0, "unlock");
	is(flock(b, LOCK_EX | LOCK_NB), 0, "the other gets it");
	is(flock(b, 16), -EINVAL, "no such operation");
	is(flock(99, LOCK_SH), -EBADF, "no such file");
	sys_close(b);
	is(flock(c, LOCK_EX | LOCK_NB), 0, "closing unlocks");
	sys_close(c);
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
	pid = sys_fork();
	if (pid == 0)
		sys_exit_group(wait_for_flock(NULL));
	sys_nanosleep(&time, NULL);
	is(sys_wait4((int)pid, NULL, WNOHANG, NULL), 0, "another one waits");
	flock(fd, LOCK_UN);
	sys_wait4((int)pid, &status, 0, NULL);
	is(status, EXITED(0), "until it is unlocked");
	sys_close(fd);
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

	sys_fcntl(fd, F_GETLK, (long)&flock);
	return flock.l_type == F_RDLCK && flock.l_start == 20 &&
			       flock.l_len == 10 && flock.l_pid == *(int *)arg
		       ? 7
		       : 8;
}

static void test_ranges(void)
{
	int fd = open_file(O_RDWR), other, pid = (int)sys_getpid();
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
	sys_fcntl(fd, F_GETLK, (long)&flock);
	is(flock.l_type, F_UNLCK, "not oneself");
	other = open_file(O_RDWR);
	sys_close(other);
	child_exits(try_ranges, NULL, 63,
		    "closing any descriptor of the file unlocks");
	sys_close(fd);
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
	is(sys_fcntl(fd, F_SETLK, (long)&flock), -EINVAL, "no such whence");
	is(sys_fcntl(fd, F_SETLK, 8), -EFAULT, "nowhere");
	is(lock(fd, F_SETLK, F_RDLCK, 0x7fffffffffffffff, 2), -EOVERFLOW,
	   "beyond the last byte");
	flock = (struct flock){ .l_type = F_RDLCK,
				.l_whence = SEEK_CUR,
				.l_start = 0x7fffffffffffffff };
	sys_lseek(fd, 2, SEEK_SET);
	is(sys_fcntl(fd, F_SETLK, (long)&flock), -EOVERFLOW,
	   "beyond it, from where the file is");
	is(lock(99, F_SETLK, F_RDLCK, 0, 1), -EBADF, "no such file");
	sys_close(fd);
}

/* Locks of open files: not of processes. */
static void test_open_files(void)
{
	int a = open_file(O_RDWR), b = open_file(O_RDWR);

	is(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10), 0, "a file's lock");
	is(lock(b, F_OFD_SETLK, F_WRLCK, 5, 10), -EAGAIN, "is in the way");
	is(lock(b, F_OFD_SETLK, F_WRLCK, 10, 10), 0, "but not beside it");
	is(flock(a, LOCK_EX | LOCK_NB), 0, "flock does not see it");
	sys_close(a);
	is(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0), 0, "closing unlocks");
	sys_close(b);
}

int main(void)
{
	snprintf(path, sizeof(path), "/tmp/locks-%ld", sys_getpid());
	sys_close(open_file(O_RDWR | O_CREAT));
	test_flock();
	test_flock_wait();
	test_ranges();
	test_range_errors();
	test_open_files();
	sys_unlink(path);
	return tap_done();
}
