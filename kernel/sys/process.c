/*
 * System calls on processes: fork, execve, exit, wait, and their numbers. How
 * they work is told in kernel/process/.
 */

#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/wait.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/exec.h"
#include "kernel/process/exit.h"
#include "kernel/process/fork.h"
#include "kernel/process/signal.h"
#include "kernel/sys/table.h"

/* ---- Birth -------------------------------------------------------------------- */

/* The child gets a copy of everything; memory is copied when it is written to. */
static long sys_fork(void)
{
	return fork_clone(&(struct clone_args){ .exit_signal = SIGCHLD });
}
SYSCALL(fork);

/* The child runs in the parent's memory, and the parent waits until the child
 * calls execve or ends. */
static long sys_vfork(void)
{
	return fork_clone(&(struct clone_args){
		.flags = CLONE_VM | CLONE_VFORK,
		.exit_signal = SIGCHLD,
	});
}
SYSCALL(vfork);

/* The general form, which makes threads too. C libraries fork by it. */
static long sys_clone(uint64_t flags, uaddr_t stack, uaddr_t parent_tid,
		      uaddr_t child_tid, uint64_t tls)
{
	return fork_clone(&(struct clone_args){
		.flags = (uint32_t)flags & ~(uint32_t)CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.stack = stack,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
		.tls = tls,
	});
}
SYSCALL(clone);

/* On success this returns to ring 3 in the new program. */
static long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp)
{
	const struct strings arguments = { .user = argv };
	const struct strings environment = { .user = envp };
	char *name = kmalloc(PATH_MAX);
	long result;

	if (!name)
		return -ENOMEM;
	result = strncpy_from_user(name, path, PATH_MAX);
	if (result >= 0)
		result = exec_program(name, arguments, environment);
	kfree(name);
	return result;
}
SYSCALL(execve);

/* ---- Death -------------------------------------------------------------------- */

/* Ends the calling thread only. */
static long sys_exit(int status)
{
	exit_thread((status & 0xff) << 8);
}
SYSCALL(exit);

/* Ends the process: C's exit(). */
static long sys_exit_group(int status)
{
	exit_group((status & 0xff) << 8);
}
SYSCALL(exit_group);

/* Waits for a child: `pid` is its number, -1 for any child, 0 for one of the
 * caller's group, or the negative number of a group. */
static long sys_wait4(int pid, uaddr_t status, int options, uaddr_t rusage)
{
	struct wait_result result;
	int which = P_ALL, found;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | (int)__WNOTHREAD |
			(int)__WCLONE | (int)__WALL))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid > 0)
		which = P_PID;
	else if (pid != -1)
		which = P_PGID;
	found = exit_wait(which, pid < 0 ? -pid : pid,
			  (unsigned)options | WEXITED, &result);
	if (found <= 0)
		return found;
	if (status && put_user32(status, (uint32_t)result.status) < 0)
		return -EFAULT;
	found = result.pid;
	HOOK_CALL(rusage_wanted, rusage, &result, &found);
	return found;
}
SYSCALL(wait4);

/* ---- Numbers ------------------------------------------------------------------ */

static long sys_getpid(void)
{
	return current_process()->pid->number;
}
SYSCALL(getpid);

/* The parent may end at any time: the number is then init's. */
static long sys_getppid(void)
{
	return READ_ONCE(current_process()->parent_number);
}
SYSCALL(getppid);

/* The number of the thread, which in a process's first thread is the
 * process's. */
static long sys_gettid(void)
{
	return current_task()->id;
}
SYSCALL(gettid);

/* Without the part users all of these are 0. */
static long sys_getuid(void)
{
	return current_process()->credentials.uid;
}
SYSCALL(getuid);

static long sys_geteuid(void)
{
	return current_process()->credentials.euid;
}
SYSCALL(geteuid);

static long sys_getgid(void)
{
	return current_process()->credentials.gid;
}
SYSCALL(getgid);

static long sys_getegid(void)
{
	return current_process()->credentials.egid;
}
SYSCALL(getegid);

/* The word there becomes 0 when the thread ends, with the part threads. */
static long sys_set_tid_address(uaddr_t tid)
{
	current_task()->clear_child_tid = tid;
	return current_task()->id;
}
SYSCALL(set_tid_address);
