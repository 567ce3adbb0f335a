/*
 * The end of threads and processes, and how a parent waits for it.
 */
#ifndef KERNEL_PROCESS_EXIT_H
#define KERNEL_PROCESS_EXIT_H

#include "kernel/abi/resource.h"
#include "kernel/lib/hook.h"
#include "kernel/process/process.h"

/* Ends the current thread; `status` is as wait4 gives it and becomes the
 * process's if this is its last thread. */
_Noreturn void exit_thread(int status);

/* Ends all threads of the current process. */
_Noreturn void exit_group(int status);

/* Raised when a thread begins to end, and when its whole process is to end with
 * it. The latter with process_lock held. */
HOOK_EVENT(thread_ends, struct task *task);
HOOK_EVENT(group_exits, struct process *process);

/* The current task is about to leave its address space, because it ends or
 * executes another program. Called with no lock held. */
HOOK_EVENT(leave_space, struct task *task);

/* Raised when a process ends: *reaper becomes the parent of its children.
 * process_lock is held. */
HOOK_EVENT(reaper_chosen, struct process *process, struct process **reaper);

/* Lets the parent that waits in vfork go on: at execve and exit. */
void exit_vfork_done(struct process *process);

/* What wait4 and waitid are told. */
struct wait_result {
	int pid;
	int status; /* as wait4 gives it */
	uint32_t uid;
	struct usage
		usage; /* of the child and its children: the part usage's */
};

/*
 * Events, for the CPU time that a child has used.
 * child_waited: *result tells of `child`. process_lock is held.
 * child_reaped: *result told of a child of `process`, which is gone now. The lock
 *	is held.
 * rusage_wanted: a struct rusage is to be written to `to`, if that is not 0.
 */
HOOK_EVENT(child_waited, const struct process *child,
	   struct wait_result *result);
HOOK_EVENT(child_reaped, struct process *process,
	   const struct wait_result *result);
HOOK_EVENT(rusage_wanted, uaddr_t to, const struct wait_result *result,
	   int *error);

/*
 * Waits for a child: `which` is P_ALL, P_PID or P_PGID, with `id`, of which 0 is
 * the caller's own group; the options are waitid's. Returns 1 when *result tells
 * of a child, 0 with WNOHANG if there is none yet, -ECHILD, or -ERESTARTSYS.
 */
int exit_wait(int which, int id, unsigned options, struct wait_result *result);

#endif
