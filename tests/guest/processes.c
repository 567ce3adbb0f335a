/* needs: jobs */
/*
 * Processes: fork, vfork, clone, exit, the wait4 variants, orphans, zombies,
 * groups and sessions.
 */
#include "kernel/abi/errno.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define NO_SUCH_PID 0x3fffffff

/* Forks; in the child runs `function` and exits with what it returns. */
static long spawn(int (*function)(void *arg), void *arg)
{
	long pid = call_fork();

	if (pid == 0)
		exit(function(arg));
	return pid;
}

static int exit_with(void *code)
{
	return (long)code;
}

static int exit_thread(void *code)
{
	syscall(SYS_exit, code);
	return 99;
}

static int sleep_long(void *unused)
{
	const struct timespec minute = { 60, 0 };

	(void)unused;
	call_nanosleep(&minute, NULL);
	return 0;
}

static int kill_self(void *sig)
{
	const sigset_t none = 0;

	/* whoever started us may have left one ignored or blocked */
	signal_plain((int)(long)sig, SIG_DFL);
	call_rt_sigprocmask(SIG_SETMASK, &none, NULL);
	call_kill(call_getpid(), (long)sig);
	return 0;
}

/* ---- Exit codes ---------------------------------------------------------- */

static void test_exit_codes(void)
{
	static const long codes[] = { 0, 1, 42, 127, 128, 255, 256, 300, -1 };

	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		child_exits(exit_with, (void *)codes[i], codes[i] & 0xff,
			    "exit_group(%ld) gives the low byte", codes[i]);
		child_exits(exit_thread, (void *)codes[i], codes[i] & 0xff,
			    "exit(%ld) of the only thread", codes[i]);
	}
}

static void test_death_by_signal(void)
{
	static const int deadly[] = { SIGHUP,  SIGINT,  SIGQUIT,   SIGILL,
				      SIGTRAP, SIGABRT, SIGBUS,    SIGFPE,
				      SIGKILL, SIGUSR1, SIGSEGV,   SIGUSR2,
				      SIGPIPE, SIGALRM, SIGTERM,   SIGSYS,
				      SIGIO,   SIGPWR,  SIGRTMIN,  SIGRTMAX,
				      SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF };
	static const int harmless[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };

	for (unsigned i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		child_dies(kill_self, (void *)(long)deadly[i], deadly[i],
			   "signal %d kills by default", deadly[i]);
	for (unsigned i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		child_exits(kill_self, (void *)(long)harmless[i], 0,
			    "signal %d does nothing by default", harmless[i]);
}

/* ---- Identity ------------------------------------------------------------ */

static int parent_is(void *pid)
{
	return call_getppid() == (long)pid ? 0 : 1;
}

static int tid_is_pid(void *unused)
{
	(void)unused;
	return syscall(SYS_gettid) == call_getpid() ? 0 : 1;
}

static void test_identity(void)
{
	long pid = call_getpid();

	ok(pid > 0, "getpid is positive");
	is(call_getpid(), pid, "getpid stays the same");
	child_exits(parent_is, (void *)pid, 0, "getppid in a child");
	child_exits(tid_is_pid, NULL, 0, "gettid is getpid in a child");

	long child = spawn(exit_with, NULL);

	ok(child > 0 && child != pid, "fork gives the child's own pid");
	is(call_wait4(-1, NULL, 0, NULL), child, "and wait4 gives it again");
}

/* ---- wait4 --------------------------------------------------------------- */

static void test_wait_errors(void)
{
	int status;

	is(call_wait4(-1, &status, 0, NULL), -ECHILD, "wait4 without children");
	is(call_wait4(-1, &status, WNOHANG, NULL), -ECHILD,
	   "WNOHANG without children");
	is(call_wait4(call_getpid(), &status, 0, NULL), -ECHILD,
	   "wait4 for oneself");
	is(call_wait4(1, &status, 0, NULL), -ECHILD,
	   "wait4 for somebody else's child");
	is(call_wait4(NO_SUCH_PID, &status, 0, NULL), -ECHILD,
	   "wait4 for a pid that is not there");
	is(call_wait4(-1, &status, 0x10, NULL), -EINVAL,
	   "wait4 with an unknown option");
	is(call_wait4((int)0x80000000, &status, 0, NULL), -ESRCH,
	   "wait4 for group -INT_MIN");
}

static void test_wait_variants(void)
{
	int status = -1;
	long sleeper = spawn(sleep_long, NULL);

	is(call_wait4(-1, &status, WNOHANG, NULL), 0,
	   "WNOHANG while the child runs");
	is(status, -1, "and the status is not written");

	long quick = spawn(exit_with, (void *)7);

	is(call_wait4(quick, &status, 0, NULL), quick, "wait4 for one of two");
	is(status, EXITED(7), "and its status");
	is(call_wait4(quick, &status, 0, NULL), -ECHILD,
	   "a child is waited for once");
	is(call_kill(sleeper, SIGKILL), 0, "kill the other");
	is(call_wait4(sleeper, NULL, 0, NULL), sleeper,
	   "wait4 without a status pointer");

	quick = spawn(exit_with, (void *)7);
	is(call_wait4(quick, (int *)8, 0, NULL), -EFAULT,
	   "wait4 with a bad status pointer");
	is(call_wait4(quick, NULL, 0, NULL), -ECHILD,
	   "which has buried the child nevertheless");
}

static void test_rusage(void)
{
	struct rusage usage;
	long pid = spawn(exit_with, NULL);

	memset(&usage, 0x5a, sizeof(usage));
	is(call_wait4(pid, NULL, 0, &usage), pid, "wait4 with rusage");
	ok(usage.ru_utime.tv_sec == 0 && usage.ru_stime.tv_sec == 0,
	   "a short child used less than a second");
}

static void test_many_children(void)
{
	long pids[40];
	int count = 0, sum = 0, distinct = 1;

	for (int i = 0; i < 40; i++) {
		pids[i] = spawn(exit_with, (void *)(long)i);
		for (int j = 0; j < i; j++)
			distinct &= pids[i] != pids[j];
	}
	ok(distinct, "40 children have 40 pids");
	for (int status; call_wait4(-1, &status, 0, NULL) > 0; count++)
		sum += WEXITSTATUS(status);
	is(count, 40, "all are waited for");
	is(sum, 780, "with their own exit codes");
}

/* ---- Zombies and orphans ------------------------------------------------- */

static void test_zombie(void)
{
	int fds[2];
	char byte;

	call_pipe2(fds, 0);

	long pid = spawn(exit_with, (void *)3);

	/* The pipe's end closes when the child has ended. */
	call_close(fds[1]);
	call_read(fds[0], &byte, 1);
	is(call_kill(pid, 0), 0, "a zombie can be signalled");
	is(call_kill(pid, SIGKILL), 0, "even with SIGKILL");

	int status;

	is(call_wait4(pid, &status, 0, NULL), pid, "until it is waited for");
	is(status, EXITED(3), "and SIGKILL did not change its status");
	is(call_kill(pid, 0), -ESRCH, "then it is gone");
	call_close(fds[0]);
}

struct family {
	int write_end; /* where the orphan tells who its parent is */
	long middle;   /* the pid of its first one */
};

static int orphan(void *arg)
{
	struct family *family = arg;
	long parent = family->middle;
	const struct timespec moment = { 0, 1000000 };

	for (int i = 0; i < 5000 && parent == family->middle; i++) {
		call_nanosleep(&moment, NULL);
		parent = call_getppid();
	}
	call_write(family->write_end, &parent, sizeof(parent));
	return 0;
}

static int leave_orphan(void *arg)
{
	struct family *family = arg;

	family->middle = call_getpid();
	spawn(orphan, family);
	return 0;
}

static void test_orphan(void)
{
	int fds[2];
	long parent = -1;

	call_pipe2(fds, 0);

	struct family family = { .write_end = fds[1] };

	child_exits(leave_orphan, &family, 0, "a child leaves a child behind");
	is(call_read(fds[0], &parent, sizeof(parent)), sizeof(parent),
	   "the orphan runs on");
	ok(parent > 0 && parent != call_getpid(),
	   "it has a new parent, not its grandparent (%ld)", parent);
	if (on_colonel())
		is(parent, 1, "which is init");
	is(call_wait4(-1, NULL, WNOHANG, NULL), -ECHILD,
	   "the grandparent cannot wait for it");
	call_close(fds[0]);
	call_close(fds[1]);
}

static void test_auto_reaping(void)
{
	struct kernel_sigaction no_zombies = { .sa_flags = SA_NOCLDWAIT };

	signal_plain(SIGCHLD, SIG_IGN);
	spawn(exit_with, NULL);
	is(call_wait4(-1, NULL, 0, NULL), -ECHILD,
	   "SIGCHLD ignored: wait4 sees all children end, and none");
	call_rt_sigaction(SIGCHLD, &no_zombies, NULL);
	spawn(exit_with, NULL);
	is(call_wait4(-1, NULL, 0, NULL), -ECHILD, "SA_NOCLDWAIT as well");
	signal_plain(SIGCHLD, SIG_DFL);
}

/* ---- What a child inherits ----------------------------------------------- */

static int global = 1;

static int change_global(void *unused)
{
	(void)unused;
	global = 2;
	return global;
}

static int read_one(void *fds)
{
	char byte;

	call_read(*(int *)fds, &byte, 1);
	return byte;
}

static void test_inheritance(void)
{
	int fds[2];
	char byte = 0;

	child_exits(change_global, NULL, 2, "a child changes its memory");
	is(global, 1, "and not its parent's");

	call_pipe2(fds, 0);
	call_write(fds[1], "ab", 2);
	child_exits(read_one, fds, 'a', "a child reads its parent's pipe");
	call_read(fds[0], &byte, 1);
	is(byte, 'b', "and the parent reads on behind it");
	call_close(fds[1]);
	is(call_read(fds[0], &byte, 1), 0,
	   "a child's end closed its copies of descriptors");
	call_close(fds[0]);
}

static int nested_forks(void *depth)
{
	long left = (long)depth;
	int status;

	if (left == 0)
		return 1;
	status = in_child(nested_forks, (void *)(left - 1));
	return WIFEXITED(status) ? WEXITSTATUS(status) + 1 : 0;
}

/* ---- vfork and clone ----------------------------------------------------- */

static void test_vfork(void)
{
	volatile int shared = 1;
	long parent = call_getpid();
	long pid = syscall(SYS_vfork);

	if (pid == 0) {
		shared = call_getppid() == parent ? 2 : 3;
		syscall(SYS_exit_group, 5);
	}

	int status;

	is(shared, 2, "vfork: the parent waits, memory is shared");
	is(call_wait4(pid, &status, 0, NULL), pid,
	   "and can wait for the child");
	is(status, EXITED(5), "which exited");

	pid = syscall(SYS_vfork);
	if (pid == 0) {
		long error = syscall(SYS_execve, "/nowhere", NULL, NULL);

		syscall(SYS_exit_group, -error);
	}
	call_wait4(pid, &status, 0, NULL);
	is(status, EXITED(ENOENT), "a failing execve leaves the vfork child");

	pid = syscall(SYS_vfork);
	if (pid == 0)
		syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
	call_wait4(pid, &status, 0, NULL);
	is(status, KILLED(SIGKILL), "a killed vfork child frees the parent");
}

static long clone(uint64_t flags, void *stack, int *parent_tid, int *child_tid)
{
	return syscall(SYS_clone, flags, stack, parent_tid, child_tid, 0);
}

static void test_clone(void)
{
	int parent_tid = 0, child_tid = 0, status;
	long pid = clone(SIGCHLD, NULL, NULL, NULL);

	if (pid == 0)
		exit(4);
	is(call_wait4(pid, &status, 0, NULL), pid, "clone(SIGCHLD) is fork");
	is(status, EXITED(4), "with its exit code");

	pid = clone(SIGCHLD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, NULL,
		    &parent_tid, &child_tid);
	if (pid == 0)
		exit(child_tid == call_getpid() ? 0 : 1);
	is(parent_tid, pid, "CLONE_PARENT_SETTID");
	call_wait4(pid, &status, 0, NULL);
	is(status, EXITED(0), "CLONE_CHILD_SETTID in the child");
	is(child_tid, 0, "and only there");

	pid = clone(SIGCHLD | CLONE_VFORK | CLONE_VM, NULL, NULL, NULL);
	if (pid == 0) {
		global = 9;
		syscall(SYS_exit_group, 0);
	}
	is(global, 9, "CLONE_VM | CLONE_VFORK is vfork");
	global = 1;
	call_wait4(pid, NULL, 0, NULL);

	is(clone(SIGCHLD | CLONE_SIGHAND, NULL, NULL, NULL), -EINVAL,
	   "CLONE_SIGHAND wants CLONE_VM");
	is(clone(SIGCHLD | CLONE_VM | CLONE_THREAD, NULL, NULL, NULL), -EINVAL,
	   "CLONE_THREAD wants CLONE_SIGHAND");
	is(clone(SIGCHLD | CLONE_FS | CLONE_NEWNS, NULL, NULL, NULL), -EINVAL,
	   "CLONE_FS and CLONE_NEWNS exclude each other");
}

/* ---- Groups and sessions ------------------------------------------------- */

static int make_group(void *unused)
{
	long pid = call_getpid();

	(void)unused;
	if (syscall(SYS_getpgrp) == pid)
		return 1;
	if (syscall(SYS_setpgid, 0, 0) || syscall(SYS_getpgrp) != pid)
		return 2;
	if (syscall(SYS_getpgid, 0) != pid || syscall(SYS_getpgid, pid) != pid)
		return 3;
	return call_setsid() == -EPERM ? 0 : 4;
}

static int make_session(void *unused)
{
	long pid = call_getpid();

	(void)unused;
	if (call_setsid() != pid || syscall(SYS_getsid, 0) != pid)
		return 1;
	if (syscall(SYS_getpgrp) != pid)
		return 2;
	return syscall(SYS_setpgid, 0, 0) == -EPERM ? 0 : 3;
}

static void test_groups(void)
{
	int status;

	child_exits(make_group, NULL, 0,
		    "setpgid makes a group; its leader "
		    "cannot make a session");
	child_exits(make_session, NULL, 0,
		    "setsid makes a session and group; "
		    "its leader stays");

	long pid = spawn(sleep_long, NULL);

	is(syscall(SYS_setpgid, pid, pid), 0, "setpgid of a child");
	is(syscall(SYS_getpgid, pid), pid, "and getpgid");
	is(call_wait4(0, &status, WNOHANG, NULL), -ECHILD,
	   "wait4(0) looks in the own group only");
	is(call_kill(-pid, SIGTERM), 0, "kill a group");
	is(call_wait4(-pid, &status, 0, NULL), pid, "wait4 for a group");
	is(status, KILLED(SIGTERM), "killed by it");
	is(call_kill(-pid, 0), -ESRCH, "then the group is gone");
	is(syscall(SYS_getpgid, NO_SUCH_PID), -ESRCH, "getpgid of nobody");
	is(syscall(SYS_setpgid, NO_SUCH_PID, 0), -ESRCH, "setpgid of nobody");
	is(syscall(SYS_setpgid, 0, -1), -EINVAL, "setpgid to -1");
}

/* ---- Names --------------------------------------------------------------- */

static void test_uname(void)
{
	struct utsname name;

	is(call_uname(&name), 0, "uname");
	ok(!strcmp(name.machine, "x86_64"), "machine is x86_64");
	ok(strlen(name.sysname) > 0 && strlen(name.release) > 0,
	   "sysname %s, release %s", name.sysname, name.release);
	is(call_sched_yield(), 0, "sched_yield");
}

int main(void)
{
	test_wait_errors();
	test_exit_codes();
	test_death_by_signal();
	test_identity();
	test_wait_variants();
	test_rusage();
	test_many_children();
	test_zombie();
	test_orphan();
	test_auto_reaping();
	test_inheritance();
	child_exits(nested_forks, (void *)10, 11, "forks nest ten deep");
	test_vfork();
	test_clone();
	test_groups();
	test_uname();
	return tap_done();
}
