/* needs: attributes memory names prctl scheduling select threads usage users */
/*
 * The calls that no other test here makes, mostly newer or older forms of
 * those that others do: what they do when all is well, and their errors.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/prctl.h"
#include "kernel/abi/random.h"
#include "kernel/abi/statfs.h"
#include "kernel/abi/sysinfo.h"
#include "kernel/abi/times.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

static char folder[64];
static int dir; /* the same, open */
static struct stat stat;

static uint32_t mode_of(const char *name)
{
	memset(&stat, 0, sizeof(stat));
	if (syscall(SYS_newfstatat, dir, name, &stat, AT_SYMLINK_NOFOLLOW))
		return 0;
	return stat.st_mode;
}

/* ---- Space ------------------------------------------------------------------- */

static void test_fallocate(void)
{
	int fd = (int)call_openat(dir, "space", O_CREAT | O_RDWR, 0600),
	    ends[2];

	is(syscall(SYS_fallocate, fd, 0, 0, 10000), 0, "fallocate");
	call_fstat(fd, &stat);
	is(stat.st_size, 10000, "makes a file longer");
	ok(stat.st_blocks >= 24, "and takes room for it");
	is(syscall(SYS_fallocate, fd, FALLOC_FL_KEEP_SIZE, 8192, 20000), 0,
	   "with its size kept");
	call_fstat(fd, &stat);
	is(stat.st_size, 10000, "it is no longer");
	is(syscall(SYS_fallocate, fd, 0, 0, 0), -EINVAL, "nothing");
	is(syscall(SYS_fallocate, fd, 0, -1, 1), -EINVAL, "before the file");
	is(syscall(SYS_fallocate, fd, 0, 1, 0x7fffffffffffffff), -EFBIG,
	   "too much");
	is(syscall(SYS_fallocate, fd, 0x4000, 0, 1), -EOPNOTSUPP,
	   "an unknown mode");
	call_close(fd);
	is(syscall(SYS_fallocate, 99, 0, 0, 1), -EBADF, "no file");
	call_pipe2(ends, 0);
	is(syscall(SYS_fallocate, ends[1], 0, 0, 1), -ESPIPE, "a pipe");
	call_close(ends[0]);
	call_close(ends[1]);
	syscall(SYS_unlinkat, dir, "space", 0);
}

/* ---- Names, from a directory ------------------------------------------------- */

static void test_names(void)
{
	char text[16];

	is(syscall(SYS_mkdirat, dir, "d", 0700), 0, "mkdirat");
	is(syscall(SYS_mkdirat, dir, "d", 0700), -EEXIST, "again");
	is(syscall(SYS_mkdirat, 99, "d", 0700), -EBADF, "in no directory");
	is(syscall(SYS_mknodat, dir, "fifo", S_IFIFO | 0600, 0), 0, "mknodat");
	is(mode_of("fifo"), S_IFIFO | 0600, "makes a fifo");
	is(syscall(SYS_mknodat, dir, "x", S_IFDIR | 0600, 0), -EPERM,
	   "but no directory");
	is(syscall(SYS_mknodat, dir, "f", S_IFREG | 0640, 0), 0, "a file");
	is(syscall(SYS_linkat, dir, "f", dir, "g", 0), 0, "linkat");
	is(syscall(SYS_linkat, dir, "d", dir, "h", 0), -EPERM,
	   "of a directory");
	is(syscall(SYS_linkat, dir, "f", dir, "h", 1), -EINVAL, "a bad flag");
	is(syscall(SYS_symlinkat, "f", dir, "s"), 0, "symlinkat");
	is(syscall(SYS_symlinkat, "", dir, "t"), -ENOENT, "to nothing");
	is(syscall(SYS_readlinkat, dir, "s", text, sizeof(text)), 1,
	   "readlinkat");
	is(text[0], 'f', "tells where to");
	is(syscall(SYS_readlinkat, dir, "f", text, sizeof(text)), -EINVAL,
	   "of a file");
	is(syscall(SYS_readlinkat, dir, "s", text, 0), -EINVAL, "into nothing");
	is(syscall(SYS_readlinkat, dir, "", text, 8), -ENOENT, "of no name");
	is(syscall(SYS_readlink, "", text, 8), -ENOENT, "readlink of no name");
	is(syscall(SYS_renameat, dir, "g", dir, "h"), 0, "renameat");
	is(syscall(SYS_renameat, dir, "g", dir, "h"), -ENOENT, "it is gone");
	is(syscall(SYS_renameat2, dir, "h", dir, "f", 1), -EEXIST,
	   "RENAME_NOREPLACE");
	is(syscall(SYS_renameat2, dir, "h", dir, "f", 64), -EINVAL,
	   "renameat2 with a bad flag");
	is(syscall(SYS_unlinkat, dir, "h", 0), 0, "unlinkat");
	is(syscall(SYS_unlinkat, dir, "d", 0), -EISDIR, "of a directory");
	is(syscall(SYS_unlinkat, dir, "f", AT_REMOVEDIR), -ENOTDIR,
	   "AT_REMOVEDIR of a file");
	is(syscall(SYS_unlinkat, dir, "d", AT_REMOVEDIR), 0, "of a directory");
	is(syscall(SYS_unlinkat, dir, "f", 1), -EINVAL, "a bad flag");
	call_chdir(folder);
	is(syscall(SYS_link, "f", "k"), 0, "link");
	is(syscall(SYS_link, "none", "l"), -ENOENT, "of nothing");
	is(call_close((int)syscall(SYS_creat, "k", 0600)), 0, "creat");
	is(syscall(SYS_creat, ".", 0600), -EISDIR, "of a directory");
	call_unlink("k");
	call_chdir("/");
}

/* ---- Attributes --------------------------------------------------------------- */

static void test_attributes(void)
{
	const struct timespec times[2] = { { 5, 6 }, { 7, 8 } },
			      bad[2] = { { 0, -1 }, { 0, 0 } };
	int fd = (int)call_openat(dir, "f", O_RDWR, 0);
	struct statfs fs;

	is(syscall(SYS_fchmodat, dir, "f", 0604), 0, "fchmodat");
	is(mode_of("f"), S_IFREG | 0604, "sets the mode");
	is(syscall(SYS_fchmodat, dir, "none", 0604), -ENOENT, "of nothing");
	is(syscall(SYS_faccessat, dir, "f", 6), 0, "faccessat");
	is(syscall(SYS_faccessat, dir, "f", 8), -EINVAL, "a bad mode");
	is(syscall(SYS_faccessat, dir, "none", 0), -ENOENT, "of nothing");
	is(syscall(SYS_faccessat2, dir, "s", 0, AT_SYMLINK_NOFOLLOW), 0,
	   "faccessat2");
	is(syscall(SYS_faccessat2, dir, "f", 0, 1), -EINVAL, "a bad flag");
	is(syscall(SYS_fchownat, dir, "f", -1, -1, 0), 0, "fchownat of -1");
	is(syscall(SYS_fchownat, dir, "f", -1, -1, 1), -EINVAL, "a bad flag");
	is(syscall(SYS_fchown, fd, -1, -1), 0, "fchown");
	is(syscall(SYS_fchown, 99, -1, -1), -EBADF, "of nothing");
	is(syscall(SYS_lchown, "/proc/self/none", -1, -1), -ENOENT, "lchown");
	is(syscall(SYS_utimensat, dir, "f", times, 0), 0, "utimensat");
	mode_of("f");
	ok(stat.st_atime == 5 && stat.st_atime_nsec == 6 &&
		   stat.st_mtime == 7 && stat.st_mtime_nsec == 8,
	   "sets both times");
	is(syscall(SYS_utimensat, dir, "f", bad, 0), -EINVAL, "a bad time");
	is(syscall(SYS_utimensat, fd, NULL, NULL, 0), 0, "of a descriptor");
	is(syscall(SYS_utimensat, dir, "none", NULL, 0), -ENOENT, "of nothing");
	is(syscall(SYS_statfs, "/proc", &fs), 0, "statfs");
	is(fs.f_type, PROC_SUPER_MAGIC, "knows /proc");
	is(syscall(SYS_statfs, folder, &fs), 0, "of files in memory");
	ok(fs.f_files > fs.f_ffree && fs.f_ffree > 0, "counts files");
	is(syscall(SYS_statfs, "/none", &fs), -ENOENT, "of nothing");
	is(syscall(SYS_statfs, "/proc", 8), -EFAULT, "to nowhere");
	is(syscall(SYS_fstatfs, fd, &fs), 0, "fstatfs");
	is(syscall(SYS_fstatfs, 99, &fs), -EBADF, "of nothing");
	is(syscall(SYS_fdatasync, fd), 0, "fdatasync");
	is(syscall(SYS_fdatasync, 99), -EBADF, "of nothing");
	is(syscall(SYS_sync), 0, "sync");
	call_close(fd);
}

static void test_xattr(void)
{
	static const int by_path[] = { SYS_setxattr,    SYS_lsetxattr,
				       SYS_getxattr,    SYS_lgetxattr,
				       SYS_removexattr, SYS_lremovexattr };
	static const int by_fd[] = { SYS_fsetxattr, SYS_fgetxattr,
				     SYS_fremovexattr };
	static const int lists[] = { SYS_listxattr, SYS_llistxattr };
	int fd = (int)call_open("/proc/self/stat", O_RDONLY, 0);
	long result;

	for (int i = 0; i < 6; i++)
		is(syscall(by_path[i], "/proc/self/stat", "user.a", "b", 1, 0),
		   -EOPNOTSUPP, "call %d: no attributes", by_path[i]);
	for (int i = 0; i < 3; i++)
		is(syscall(by_fd[i], fd, "user.a", "b", 1, 0), -EOPNOTSUPP,
		   "call %d: no attributes", by_fd[i]);
	for (int i = 0; i < 2; i++) {
		result = syscall(lists[i], "/proc/self/stat", NULL, 0);
		ok(result == -EOPNOTSUPP || result == 0,
		   "call %d: none to list", lists[i]);
	}
	result = syscall(SYS_flistxattr, fd, NULL, 0);
	ok(result == -EOPNOTSUPP || result == 0, "flistxattr: none to list");
	call_close(fd);
}

/* ---- Descriptors ----------------------------------------------------------------- */

static void test_descriptors(void)
{
	struct timespec none = { 0, 0 }, bad = { 0, -1 };
	uint64_t set[16] = { 0 };
	struct pollfd poll;
	int fds[2];

	call_pipe2(fds, 0);
	poll = (struct pollfd){ fds[1], POLLOUT, 0 };
	is(syscall(SYS_ppoll, &poll, 1, &none, NULL, 8), 1, "ppoll");
	is(syscall(SYS_ppoll, &poll, 1, &bad, NULL, 8), -EINVAL, "a bad time");
	is(syscall(SYS_ppoll, &poll, 1, &none, &set, 9), -EINVAL,
	   "a mask of another size");
	set[0] = 1ul << fds[1];
	is(syscall(SYS_select, fds[1] + 1, NULL, set, NULL, &none), 1,
	   "select");
	is(syscall(SYS_select, -1, NULL, set, NULL, &none), -EINVAL, "of -1");
	is(syscall(SYS_select, 1, NULL, 8, NULL, &none), -EFAULT, "nowhere");
	set[0] = 1ul << fds[0];
	is(syscall(SYS_pselect6, fds[0] + 1, set, NULL, NULL, &none, NULL), 0,
	   "pselect6");
	is(set[0], 0, "which clears what is not ready");
	set[0] = 1ul << 63;
	is(syscall(SYS_pselect6, 64, set, NULL, NULL, &none, NULL), -EBADF,
	   "of what is not open");
	is(syscall(SYS_close_range, fds[0], fds[1], 4), 0,
	   "close_range, on exec");
	is(call_fcntl(fds[0], F_GETFD, 0), FD_CLOEXEC, "it is marked");
	is(syscall(SYS_close_range, fds[1], fds[0], 0), -EINVAL, "backwards");
	is(syscall(SYS_close_range, fds[0], fds[1], 0), 0, "close_range");
	is(call_fcntl(fds[0], F_GETFD, 0), -EBADF, "it is closed");
}

/* ---- Who and what we are ------------------------------------------------------------ */

static int change_ids(void *arg)
{
	uint32_t id[3];

	(void)arg;
	if (syscall(SYS_setregid, 7, 8) || syscall(SYS_setgid, 9) ||
	    syscall(SYS_getresgid, &id[0], &id[1], &id[2]))
		return 1;
	if (id[0] != 9 || id[1] != 9 || id[2] != 9)
		return 2;
	if (syscall(SYS_setreuid, 5, 6) ||
	    syscall(SYS_getresuid, &id[0], &id[1], &id[2]))
		return 3;
	if (id[0] != 5 || id[1] != 6 || id[2] != 6)
		return 4;
	if (syscall(SYS_setgid, 0) != -EPERM ||
	    syscall(SYS_setregid, 0, -1) != -EPERM ||
	    syscall(SYS_setreuid, 0, -1) != -EPERM)
		return 5;
	return syscall(SYS_setreuid, 6, 5) ? 6 : 0;
}

static void test_ids(void)
{
	uint32_t groups[65536 / 16];

	/* A container's root may have no other ids. */
	if (syscall(SYS_setresuid, -1, -1, 9))
		skip("this user is not root", "setreuid and its kin");
	else
		child_exits(change_ids, NULL, 0, "setreuid and its kin");
	syscall(SYS_setresuid, -1, -1, syscall(SYS_geteuid));
	is(syscall(SYS_getresuid, 8, 8, 8), -EFAULT, "getresuid to nowhere");
	is(syscall(SYS_getresgid, 8, 8, 8), -EFAULT, "getresgid to nowhere");
	ok(syscall(SYS_getgroups, 4096, groups) ==
		   syscall(SYS_getgroups, 0, NULL),
	   "getgroups");
	is(syscall(SYS_getgroups, -1, groups), -EINVAL, "less than none");
}

static void test_machine(void)
{
	struct sysinfo info;
	struct rusage usage;
	struct rlimit limit;
	struct tms tms;
	char bytes[16] = { 0 }, name[16] = "";
	uint64_t cpus[128];

	is(syscall(SYS_sysinfo, &info), 0, "sysinfo");
	ok(info.totalram >= info.freeram && info.procs > 0, "of a machine");
	is(syscall(SYS_sysinfo, 8), -EFAULT, "to nowhere");
	is(syscall(SYS_getrusage, 0, &usage), 0, "getrusage");
	is(syscall(SYS_getrusage, 99, &usage), -EINVAL, "of nobody");
	is(syscall(SYS_getrusage, 0, 8), -EFAULT, "to nowhere");
	is(syscall(SYS_getrlimit, RLIMIT_NOFILE, &limit), 0, "getrlimit");
	is(syscall(SYS_getrlimit, 99, &limit), -EINVAL, "of nothing");
	ok(syscall(SYS_times, &tms) > 0, "times");
	is(syscall(SYS_times, 8), -EFAULT, "to nowhere");
	is(syscall(SYS_getrandom, bytes, 16, 0), 16, "getrandom");
	ok(memcmp(bytes, name, 16) != 0, "gives some");
	is(syscall(SYS_getrandom, bytes, 16, 64), -EINVAL, "a bad flag");
	is(syscall(SYS_getrandom, 8, 16, 0), -EFAULT, "to nowhere");
	is(syscall(SYS_prctl, PR_SET_NAME, "a name of many letters"), 0,
	   "PR_SET_NAME");
	is(syscall(SYS_prctl, PR_GET_NAME, name), 0, "PR_GET_NAME");
	is(strcmp(name, "a name of many "), 0, "15 letters of it");
	is(syscall(SYS_prctl, PR_GET_NAME, 8), -EFAULT, "to nowhere");
	is(syscall(SYS_prctl, 12345), -EINVAL, "no such prctl");
	ok(syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus) >= 8,
	   "sched_getaffinity");
	is(syscall(SYS_sched_getaffinity, 0, 7, cpus), -EINVAL, "into 7 bytes");
	is(syscall(SYS_sched_getaffinity, 0x3fffffff, 1024, cpus), -ESRCH,
	   "of nobody");
}

/* ---- Children ------------------------------------------------------------------------ */

static void test_children(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	siginfo_t info;
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		exit(3);
	ok(pid > 0, "clone3");
	is(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, NULL), 0,
	   "waitid that leaves it");
	is(syscall(SYS_waitid, P_PID, pid, &info, WEXITED, NULL), 0, "waitid");
	ok(info.si_pid == pid && info.si_status == 3 &&
		   info.si_code == CLD_EXITED,
	   "tells how it ended");
	is(syscall(SYS_waitid, P_PID, pid, &info, WEXITED, NULL), -ECHILD,
	   "once");
	is(syscall(SYS_waitid, P_ALL, 0, &info, 0, NULL), -EINVAL,
	   "for nothing");
	is(syscall(SYS_waitid, 77, 0, &info, WEXITED, NULL), -EINVAL,
	   "for no kind of child");
	is(syscall(SYS_clone3, &args, 8), -EINVAL, "clone3 with 8 bytes");
	is(syscall(SYS_clone3, &args, 8192), -E2BIG, "with too many");
	is(syscall(SYS_clone3, 8, sizeof(args)), -EFAULT, "from nowhere");
	args.exit_signal = 65;
	is(syscall(SYS_clone3, &args, sizeof(args)), -EINVAL, "signal 65");
}

int main(void)
{
	snprintf(folder, sizeof(folder), "/tmp/other-calls-%ld", call_getpid());
	call_mkdir(folder, 0700);
	dir = (int)call_open(folder, O_RDONLY | O_DIRECTORY, 0);
	test_fallocate();
	test_names();
	test_attributes();
	test_xattr();
	test_descriptors();
	test_ids();
	test_machine();
	test_children();
	syscall(SYS_unlinkat, dir, "f", 0);
	syscall(SYS_unlinkat, dir, "s", 0);
	syscall(SYS_unlinkat, dir, "fifo", 0);
	is(call_rmdir(folder), 0, "nothing is left");
	return tap_done();
}
