/*
 * What the core of the kernel promises of processes, without any optional part:
 * fork, exec, wait, a pipe, signals with handlers and with a fault's address,
 * sigsuspend, vfork. The other tests look closer, and stand on parts.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/wait.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define NOWHERE ((char *)0x1234567)

static volatile int signals, last_signal;
static volatile uint64_t fault_address;

static void count(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)info, (void)context;
	signals++;
	last_signal = sig;
}

/* ---- Processes ----------------------------------------------------------- */

static int through_pipe(void *ends)
{
	const int *fds = ends;

	call_dup2(fds[1], 1);
	printf("by a pipe\n");
	return 0;
}

static void test_pipe(void)
{
	char text[32] = "";
	int fds[2];

	is(call_pipe2(fds, 0), 0, "a pipe");
	child_exits(through_pipe, fds, 0, "a child writes to it");
	call_close(fds[1]);
	is(call_read(fds[0], text, sizeof(text) - 1), 10, "the parent reads");
	ok(!strcmp(text, "by a pipe\n"), "what was written");
	is(call_read(fds[0], text, sizeof(text)), 0, "and then its end");
	call_close(fds[0]);
}

static int be_another(void *unused)
{
	char *argv[] = { "basics", "seven", NULL }, *envp[] = { NULL };

	(void)unused;
	return (int)call_execve("/proc/self/exe", argv, envp) == -ENOENT
		       ? (int)call_execve("/bin/basics", argv, envp)
		       : 1;
}

static void test_vfork(void)
{
	volatile int seen = 0;
	int status = -1;
	long pid = syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0,
			   0);

	if (pid == 0) {
		seen = 1;
		syscall(SYS_exit, 5);
	}
	is(seen, 1, "vfork's child ran before, in the same memory");
	is(call_wait4((int)pid, &status, 0, NULL), pid, "it is waited for");
	is(status, EXITED(5), "with its status");
	is(call_wait4(-1, NULL, 0, NULL), -ECHILD, "no child is left");
}

/* ---- Signals --------------------------------------------------------------- */

static void test_handler(void)
{
	const sigset_t usr1 = SIGNAL_BIT(SIGUSR1), none = 0;

	signal_set(SIGUSR1, count, 0);
	call_kill(call_getpid(), SIGUSR1);
	is(signals, 1, "a handler runs");
	call_rt_sigprocmask(SIG_BLOCK, &usr1, NULL);
	call_kill(call_getpid(), SIGUSR1);
	call_kill(call_getpid(), SIGUSR1);
	is(signals, 1, "not while the signal is blocked");
	is(syscall(SYS_rt_sigsuspend, &none, sizeof(none)), -EINTR,
	   "sigsuspend lets it through");
	is(signals, 2, "once, however often it was sent");
	is(last_signal, SIGUSR1, "with its number");
	call_rt_sigprocmask(SIG_UNBLOCK, &usr1, NULL);
	is(signals, 2, "and no more of it waits");
	is(call_kill(call_getpid(), 65), -EINVAL, "there is no signal 65");
	is(call_kill(0x3fffffff, 0), -ESRCH, "nor a process of that number");
}

static void leave_fault(int sig, siginfo_t *info, struct ucontext *context)
{
	last_signal = sig;
	fault_address = info->si_addr;
	context->uc_mcontext.rip += 3; /* behind movb $1, (%rax) */
}

static void test_fault(void)
{
	signal_set(SIGSEGV, leave_fault, 0);
	__asm__ volatile("movb $1, (%%rax)" : : "a"(NOWHERE) : "memory");
	is(last_signal, SIGSEGV, "a fault has a handler");
	is((long)fault_address, (long)NOWHERE, "which learns the address");
	signal_plain(SIGSEGV, SIG_DFL);
}

static int write_nowhere(void *unused)
{
	(void)unused;
	*(volatile char *)NOWHERE = 1;
	return 0;
}

static int raise_in_thread(void *sig)
{
	syscall(SYS_tgkill, call_getpid(), syscall(SYS_gettid), sig);
	return 0;
}

static void test_child_signal(void)
{
	int before = signals;

	signal_set(SIGCHLD, count, 0);
	child_exits(raise_in_thread, (void *)0, 0, "tgkill with signal 0");
	is(signals, before + 1, "a child's end is told");
	is(last_signal, SIGCHLD, "by SIGCHLD");
	signal_plain(SIGCHLD, SIG_DFL);
	child_dies(raise_in_thread, (void *)SIGTERM, SIGTERM, "raise(3)");
	child_dies(write_nowhere, NULL, SIGSEGV, "a fault without a handler");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return !strcmp(argv[1], "seven") ? 7 : 1;
	test_pipe();
	child_exits(be_another, NULL, 7, "another program in its place");
	test_vfork();
	test_handler();
	test_fault();
	test_child_signal();
	return tap_done();
}
