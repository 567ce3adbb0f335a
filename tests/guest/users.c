/* needs: attributes names procfs scheduling signals steering usage users */
/*
 * What root may and another user may not: files by user, group and further
 * groups, programs, other users' processes, the machine. And what nobody may:
 * write to a program that runs.
 */
#include "kernel/abi/errno.h"
#include "user/lib/file.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define USER  4711
#define GROUP 4712 /* USER's too, if setgroups says so */

static char path[64], program[64];

/* A child of that user: its exit status says errno, or 0. */
static int become_user(int with_group)
{
	uint32_t group = GROUP;

	if (syscall(SYS_setgroups, with_group, &group) ||
	    syscall(SYS_setresgid, USER, USER, USER) ||
	    syscall(SYS_setresuid, USER, USER, USER))
		exit(255);
	return 0;
}

/* Root of a container may not have all the ids. */
static bool may_become_user(void)
{
	int status = -1;
	long pid = call_fork();

	if (pid == 0)
		exit(become_user(true));
	call_wait4((int)pid, &status, 0, NULL);
	return status == EXITED(0);
}

static int error_of(long result)
{
	return result < 0 ? (int)-result : 0;
}

static long write_file(const char *name, const void *bytes, size_t size,
		       int mode)
{
	int fd = (int)call_open(name, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	long written = call_write(fd, bytes, size);

	syscall(SYS_fchmod, fd, mode);
	call_close(fd);
	return written;
}

/* ---- Files ------------------------------------------------------------------ */

struct opening {
	int with_group, flags;
};

static int open_it(void *arg)
{
	const struct opening *opening = arg;

	become_user(opening->with_group);
	return error_of(call_open(path, opening->flags, 0));
}

static int give_away(void *arg)
{
	const uint32_t *owner = arg;

	become_user(1);
	call_unlink(program);
	write_file(program, "", 0, 0600);
	return error_of(syscall(SYS_chown, program, owner[0], owner[1]));
}

static int change_mode(void *arg)
{
	(void)arg;
	become_user(1);
	return error_of(syscall(SYS_chmod, path, 0777));
}

static int delete_it(void *arg)
{
	(void)arg;
	become_user(1);
	return error_of(call_unlink(path));
}

static void test_files(void)
{
	struct opening without = { 0, O_RDONLY }, with = { 1, O_RDONLY },
		       writing = { 1, O_WRONLY };
	uint32_t to_group[] = { USER, GROUP }, to_other[] = { USER, 4713 },
		 to_root[] = { 0, USER };

	write_file(path, "text", 4, 0640);
	syscall(SYS_chown, path, 0, GROUP);
	child_exits(open_it, &without, EACCES, "a file of another group");
	child_exits(open_it, &with, 0, "of one of the further groups");
	child_exits(open_it, &writing, EACCES, "which may not write");
	child_exits(change_mode, NULL, EPERM, "chmod of root's file");
	child_exits(delete_it, NULL, EPERM, "unlink of it in /tmp");
	child_exits(give_away, to_group, 0, "a file given to one's own group");
	child_exits(give_away, to_other, EPERM, "to another group");
	child_exits(give_away, to_root, EPERM, "to another user");
	call_unlink(program);
}

static uint32_t mode_of(const char *name)
{
	struct stat stat;

	call_stat(name, &stat);
	return stat.st_mode & 07777;
}

static int write_to(void *arg)
{
	int fd = *(int *)arg;

	become_user(0);
	return error_of(call_write(fd, "x", 1));
}

static int truncate_it(void *arg)
{
	(void)arg;
	become_user(0);
	return error_of(syscall(SYS_truncate, path, 0));
}

static int make_in_folder(void *arg)
{
	become_user(0);
	return error_of(call_open(arg, O_CREAT | O_RDWR, 02770));
}

static int set_group_bit(void *arg)
{
	become_user((long)arg & 1);
	return error_of(syscall(SYS_chmod, path, 02755));
}

/* The set-user-ID and set-group-ID bits: who takes them away, who keeps. */
static void test_bits(void)
{
	int fd;

	write_file(path, "text", 4, 0666);
	fd = (int)call_open(path, O_RDWR, 0);
	syscall(SYS_fchmod, fd, 06777);
	call_write(fd, "x", 1);
	is(mode_of(path), 06777, "root's write keeps the bits");
	child_exits(write_to, &fd, 0, "another one writes");
	is(mode_of(path), 0777, "which takes both away");
	syscall(SYS_fchmod, fd, 06777);
	child_exits(truncate_it, NULL, 0, "and truncates");
	is(mode_of(path), 0777, "which does the same");
	syscall(SYS_fchmod, fd, 02700);
	syscall(SYS_chown, path, USER, GROUP);
	is(mode_of(path), 02700, "root's chown keeps a bit for locking");
	syscall(SYS_fchmod, fd, 06710);
	syscall(SYS_chown, path, USER, GROUP);
	is(mode_of(path), 0710, "not those for running");
	child_exits(set_group_bit, (void *)1, 0, "chmod by one of the group");
	is(mode_of(path), 02755, "sets the bit");
	child_exits(set_group_bit, (void *)0, 0, "by one who is not in it");
	is(mode_of(path), 0755, "it is left out");
	call_close(fd);
}

static void test_folder_group(void)
{
	char name[96];
	struct stat stat;

	call_mkdir(program, 0777);
	syscall(SYS_chown, program, 0, GROUP);
	syscall(SYS_chmod, program, 02777);
	snprintf(name, sizeof(name), "%s/d", program);
	call_mkdir(name, 0755);
	call_stat(name, &stat);
	is(stat.st_gid, GROUP, "a folder passes its group on");
	is(stat.st_mode & 07777, 02755, "and to pass it on");
	syscall(SYS_rmdir, name);
	child_exits(make_in_folder, name, 0, "so does a file");
	call_stat(name, &stat);
	is(stat.st_gid, GROUP, "get the group");
	is(stat.st_mode & 07777, 0750, "but not its privilege");
	call_unlink(name);
	syscall(SYS_rmdir, program);
}

static int open_without_atime(void *arg)
{
	int fd = *(int *)arg;

	become_user(0);
	if (call_fcntl(fd, F_SETFL, O_NOATIME) != -EPERM)
		return 1;
	return error_of(call_open(path, O_RDONLY | O_NOATIME, 0));
}

static void test_no_atime(void)
{
	int fd;

	write_file(path, "text", 4, 0666);
	syscall(SYS_chown, path, 0, 0);
	fd = (int)call_open(path, O_RDONLY | O_NOATIME, 0);
	ok(fd >= 0, "O_NOATIME of one's own file");
	call_close(fd);
	fd = (int)call_open(path, O_RDONLY, 0);
	child_exits(open_without_atime, &fd, EPERM, "of another's");
	call_close(fd);
}

/* ---- Programs --------------------------------------------------------------- */

static int execute(void *arg)
{
	char *const argv[] = { program, arg, NULL };

	become_user(0);
	return error_of(call_execve(program, argv, environ));
}

static int wait_for_ever(void *arg)
{
	char *const argv[] = { program, arg, NULL };

	call_execve(program, argv, environ);
	return 1;
}

/* Copies this program: its file, mode 0711, is nobody's to read but root's. */
static void copy_program(void)
{
	char *bytes;
	long size = file_load("/proc/self/exe", &bytes);

	is(write_file(program, bytes, (size_t)size, 0744), size,
	   "a copy of this program");
	file_drop(bytes);
}

static void test_programs(void)
{
	int pid, ends[2], reader, fd;
	char byte, stat[32];

	copy_program();
	child_exits(execute, "end", EACCES, "a program that only root may run");
	syscall(SYS_chmod, program, 0711);
	child_exits(execute, "end", 7, "one that may be run but not read");
	call_pipe2(ends, 0);
	pid = (int)call_fork();
	if (pid == 0) {
		call_close(ends[0]);
		syscall(SYS_dup2, ends[1], 1);
		exit(wait_for_ever("say and wait"));
	}
	call_read(ends[0], &byte, 1); /* it runs */
	snprintf(stat, sizeof(stat), "/proc/%d/stat", pid);
	reader = (int)call_open(stat, O_RDONLY, 0);
	call_read(reader, &byte, 1);
	is(call_open(program, O_WRONLY, 0), -ETXTBSY,
	   "writing to a program that runs");
	is(call_open(program, O_RDONLY | O_TRUNC, 0), -ETXTBSY,
	   "nor to be cut off by open");
	is(syscall(SYS_truncate, program, 0), -ETXTBSY, "nor by truncate");
	call_kill(pid, SIGKILL);
	call_wait4(pid, NULL, 0, NULL);
	fd = (int)call_open(program, O_WRONLY, 0);
	ok(fd >= 0, "when it has ended, though a reader holds its /proc/PID");
	child_exits(execute, "end", ETXTBSY, "a file open for writing");
	call_close(fd);
	child_exits(execute, "end", 7, "and closed again");
	is(syscall(SYS_truncate, program, 0), 0, "it can be cut, too");
	call_close(reader);
	call_close(ends[0]);
	call_close(ends[1]);
}

/* ---- Others' processes, and the machine ------------------------------------- */

static const struct timeval epoch;

static const struct refused {
	const char *name;
	long number, args[4];
	int error;
} refused[] = {
	{ "kill", SYS_kill, { 1, SIGTERM }, EPERM },
	{ "setpriority", SYS_setpriority, { 0, 1, 19 }, EPERM },
	{ "nice below 0", SYS_setpriority, { 0, 0, -1 }, EACCES },
	{ "prlimit64 of init",
	  SYS_prlimit64,
	  { 1, RLIMIT_NOFILE, 0, 0 },
	  EPERM },
	{ "sched_setaffinity of init",
	  SYS_sched_setaffinity,
	  { 1, 8, (long)"\1\0\0\0\0\0\0" },
	  EPERM },
	{ "setuid(0)", SYS_setuid, { 0 }, EPERM },
	{ "setresgid", SYS_setresgid, { -1, 0, -1 }, EPERM },
	{ "setgroups", SYS_setgroups, { 0 }, EPERM },
	{ "a device",
	  SYS_mknod,
	  { (long)"/tmp/device", 020600, 0x103 },
	  EPERM },
	{ "reboot", SYS_reboot, { 0xfee1dead, 672274793, 0x4321fedc }, EPERM },
	{ "settimeofday", SYS_settimeofday, { (long)&epoch }, EPERM },
};

static int try_it(void *arg)
{
	const struct refused *r = arg;

	become_user(0);
	return error_of(syscall(r->number, r->args[0], r->args[1], r->args[2],
				r->args[3]));
}

/* With a limit of three tasks: two children, and no third. */
static int reach_the_limit(void *arg)
{
	struct rlimit limit = { 3, 3 };
	int children = 0, pids[8];
	long pid = 0;

	if (arg)
		become_user(0);
	syscall(SYS_setrlimit, RLIMIT_NPROC, &limit);
	while (children < 8 && (pid = call_fork()) > 0)
		pids[children++] = (int)pid;
	if (pid == 0)
		for (;;)
			syscall(SYS_pause);
	for (int i = 0; i < children; i++)
		call_kill(pids[i], SIGKILL);
	for (int i = 0; i < children; i++)
		call_wait4(pids[i], NULL, 0, NULL);
	return children * 20 + error_of(children < 8 ? pid : 0);
}

/* A brother, with a signal that our parent did not ask for. */
static int make_brother(void *arg)
{
	(void)arg;
	become_user(0);
	if (syscall(SYS_clone, CLONE_PARENT | SIGUSR1, 0, 0, 0, 0) == 0)
		exit(0);
	return 0;
}

static void test_brother(void)
{
	sigset_t set = 1ul << (SIGUSR1 - 1), pending = 0;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	child_exits(make_brother, NULL, 0, "clone with CLONE_PARENT");
	ok(call_wait4(-1, NULL, __WALL, NULL) > 0, "makes a brother");
	syscall(SYS_rt_sigpending, &pending, 8);
	is((long)(pending & set), 0, "who sends the parent what it knows");
	syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8);
}

static void test_others(void)
{
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		child_exits(try_it, (void *)&refused[i], refused[i].error,
			    "refused: %s", refused[i].name);
	child_exits(reach_the_limit, "user", 2 * 20 + EAGAIN,
		    "RLIMIT_NPROC: -EAGAIN");
	child_exits(reach_the_limit, NULL, 8 * 20, "not for root");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "end"))
		return 7;
	if (argc == 2 && !strcmp(argv[1], "say and wait")) {
		call_write(1, "!", 1);
		for (;;)
			syscall(SYS_pause);
	}
	if (!may_become_user()) {
		skip("this user is not root, or root of a small world",
		     "users");
		return tap_done();
	}
	snprintf(path, sizeof(path), "/tmp/users-%ld", call_getpid());
	snprintf(program, sizeof(program), "/tmp/users-program-%ld",
		 call_getpid());
	test_files();
	test_bits();
	test_folder_group();
	test_no_atime();
	test_programs();
	test_others();
	test_brother();
	call_unlink(path);
	call_unlink(program);
	return tap_done();
}
