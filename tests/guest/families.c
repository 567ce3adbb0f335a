/* needs: attributes jobs prctl threads usage */
/* tools/run: -smp 2 */
/*
 * Who belongs to whom when processes begin, execute and end: CLONE_PARENT,
 * vfork with threads, orphans (PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER), a
 * program's file after its end, execve beside a stop and beside a thread that
 * opens and closes descriptors, and RLIMIT_NPROC.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/prctl.h"
#include "kernel/abi/resource.h"
#include "kernel/abi/wait.h"
#include "tests/guest/thread.h"
#include "user/lib/file.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define USER   54321
#define COPY   "/tmp/families.copy"
#define ROUNDS 20

static const char *self; /* path of this program */
static struct thread thread;

static void pause_ms(long ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	call_nanosleep(&time, NULL);
}

static int wait_for(long pid)
{
	int status = -1;

	call_wait4(pid, &status, 0, NULL);
	return status;
}

/* ---- CLONE_PARENT --------------------------------------------------------- */

/* A leader of a session of its own has a brother, not a child. */
static int make_brother(void *parent)
{
	long session = call_setsid();
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		exit(syscall(SYS_getsid, 0) == session &&
				     syscall(SYS_getpgrp) == session &&
				     call_getppid() == (long)parent
			     ? 0
			     : 1);
	return pid > 0 && call_wait4(pid, NULL, 0, NULL) == -ECHILD ? 0 : 1;
}

static void test_clone_parent(void)
{
	int status = 0;

	child_exits(make_brother, (void *)call_getpid(), 0,
		    "CLONE_PARENT makes a child of the parent's");
	call_wait4(-1, &status, 0, NULL);
	is(status, 0, "in the caller's session and group");
}

/* ---- vfork ------------------------------------------------------------------ */

static void return_at_once(void *unused)
{
	(void)unused;
}

static void test_vfork_thread(void)
{
	static volatile int done;
	long pid = syscall(SYS_vfork);

	if (pid == 0) {
		thread_start(&thread, return_at_once, NULL);
		thread_join(&thread);
		for (int i = 0; i < 200; i++)
			syscall(SYS_sched_yield);
		done = 1;
		syscall(SYS_exit_group, 0);
	}
	is(done, 1, "a thread of a vfork child ends: the parent sleeps on");
	is(wait_for(pid), EXITED(0), "until the child has ended");
}

/* ---- Orphans ----------------------------------------------------------------- */

/* A child that asks for `arg` when its parent ends, which it does at once. The
 * pipe's writing end closes when the child ends. */
static int orphan_with_signal(void *arg)
{
	int fds[2];
	char byte;

	call_pipe2(fds, 0);
	if (call_fork() == 0) {
		int signo = 0;

		syscall(SYS_prctl, PR_SET_PDEATHSIG, (long)arg);
		syscall(SYS_prctl, PR_GET_PDEATHSIG, &signo);
		call_write(fds[1], signo == (long)arg ? "y" : "n", 1);
		for (;;)
			pause_ms(1000);
	}
	call_close(fds[1]);
	call_read(fds[0], &byte, 1);
	return byte == 'y' ? 0 : 1;
}

/* Becomes the parent of its grandchild, and sees how that ends. */
static int subreaper(void *unused)
{
	int status = 0, set = 0;

	(void)unused;
	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	syscall(SYS_prctl, PR_GET_CHILD_SUBREAPER, &set);
	if (!set || in_child(orphan_with_signal, (void *)SIGUSR1) != 0)
		return 1;
	if (call_wait4(-1, &status, 0, NULL) < 0)
		return 2;
	return status == KILLED(SIGUSR1) ? 0 : 3;
}

static void test_orphans(void)
{
	int signo = 1;

	child_exits(subreaper, NULL, 0,
		    "PR_SET_CHILD_SUBREAPER gets the orphan, which "
		    "PR_SET_PDEATHSIG has killed");
	is(syscall(SYS_prctl, PR_SET_PDEATHSIG, 65), -EINVAL,
	   "there is no such signal");
	syscall(SYS_prctl, PR_GET_PDEATHSIG, &signo);
	is(signo, 0, "and none is set");
}

/* ---- The program's file ------------------------------------------------------ */

static void test_file_is_free(void)
{
	char *data;
	long size = file_load(self, &data), fd;
	long written = 0;
	char *const argv[] = { COPY, "end", NULL };

	fd = call_open(COPY, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	while (written < size)
		written += call_write(fd, data + written, size - written);
	call_close(fd);
	file_drop(data);

	long pid = call_fork();

	if (pid == 0)
		exit(-call_execve(COPY, argv, NULL));

	/* who holds the process must not hold its program */
	char path[40];

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	fd = call_open(path, O_RDONLY, 0);
	is(wait_for(pid), EXITED(0), "a program ends");

	long again = call_open(COPY, O_WRONLY, 0);

	ok(again >= 0, "its file can be written to, though /proc has it open");
	call_close(again);
	call_close(fd);
	call_unlink(COPY);
}

/* ---- execve ------------------------------------------------------------------- */

static void exec_later(void *arg)
{
	char *const argv[] = { (char *)self, arg, NULL };

	pause_ms(1);
	call_execve(self, argv, NULL);
}

/* Waits for an event of `pid` for a while: its status, or 0. */
static int event_of(long pid, int option)
{
	int status = 0;

	for (int i = 0; i < 2000; i++) {
		if (call_wait4(pid, &status, WNOHANG | option, NULL) == pid)
			return status;
		pause_ms(1);
	}
	return 0;
}

/* In some rounds the stop falls between the begin of execve and its end. */
static void test_stop_and_exec(void)
{
	int stops = 0, continues = 0;

	for (int i = 0; i < ROUNDS; i++) {
		const struct timespec time = { 0, 900000 + i * 20000 };
		long pid = call_fork();

		if (pid == 0) {
			thread_start(&thread, exec_later, "sleep");
			for (;;)
				pause_ms(1000);
		}
		call_nanosleep(&time, NULL);
		call_kill(pid, SIGSTOP);
		stops += event_of(pid, WUNTRACED) == (SIGSTOP << 8 | 0x7f);
		call_kill(pid, SIGCONT);
		continues += event_of(pid, WCONTINUED) == 0xffff;
		call_kill(pid, SIGKILL);
		wait_for(pid);
	}
	is(stops, ROUNDS, "a process that executes stops");
	is(continues, ROUNDS, "and goes on");
}

/* Page shared with the new program by its descriptor 9: what was done last. */
static volatile int *steps;

#define SEEN_OPEN   1
#define SEEN_CLOSED 2

/* The new program: is descriptor 20 as the last step left it? A step that was
 * in progress may have happened. */
static int look_at_descriptor(void)
{
	steps = call_mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 9, 0);
	steps[2] = call_fcntl(20, F_GETFD, 0) >= 0 ? SEEN_OPEN : SEEN_CLOSED;
	return 0;
}

static _Noreturn void open_and_close(void)
{
	thread_start(&thread, exec_later, "look");
	for (int i = 0;; i++) {
		steps[0] = i + 1;
		if (i % 2 == 0)
			call_dup2(9, 20);
		else
			call_close(20);
		steps[1] = i + 1;
		syscall(SYS_sched_yield);
	}
}

static void test_descriptors_at_exec(void)
{
	long fd = syscall(SYS_memfd_create, "steps", 0);
	int right = 0;

	syscall(SYS_ftruncate, fd, 4096);
	call_dup2(fd, 9);
	call_close(fd);
	steps = call_mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 9, 0);
	for (int i = 0; i < ROUNDS; i++) {
		steps[0] = steps[1] = steps[2] = 0;

		long pid = call_fork();

		if (pid == 0)
			open_and_close();
		wait_for(pid);
		right += steps[0] != steps[1] ||
			 steps[2] == (steps[1] % 2 ? SEEN_OPEN : SEEN_CLOSED);
	}
	call_close(9);
	is(right, ROUNDS,
	   "execve keeps what another thread opened and closed before it ended");
}

/* ---- RLIMIT_NPROC --------------------------------------------------------------- */

/* As a user with a limit of five: how many zombies there may be. */
static int fill_limit(void *unused)
{
	const struct rlimit five = { 5, 5 };
	int count = 0;

	(void)unused;
	if (syscall(SYS_setresuid, USER, USER, USER) ||
	    syscall(SYS_setrlimit, RLIMIT_NPROC, &five))
		return 100;
	while (count < 10) {
		long pid = call_fork();

		if (pid == 0)
			exit(0);
		if (pid < 0)
			break;
		syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOWAIT, NULL);
		count++;
	}
	while (call_wait4(-1, NULL, 0, NULL) > 0)
		;
	return count;
}

static void test_process_limit(void)
{
	if (syscall(SYS_geteuid)) {
		skip("not root", "RLIMIT_NPROC counts zombies");
		return;
	}
	child_exits(fill_limit, NULL, 4,
		    "RLIMIT_NPROC counts a user's processes, zombies too");
	child_exits(fill_limit, NULL, 4, "and they are given back");
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "end"))
		return 0;
	if (argc > 1 && !strcmp(argv[1], "look"))
		return look_at_descriptor();
	if (argc > 1) {
		pause_ms(60000);
		return 0;
	}
	test_clone_parent();
	test_vfork_thread();
	test_orphans();
	test_file_is_free();
	test_stop_and_exec();
	test_descriptors_at_exec();
	test_process_limit();
	return tap_done();
}
