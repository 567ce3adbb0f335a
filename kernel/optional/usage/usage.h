/*
 * Optional part: what a process has used (getrusage(2), times(2), wait4(2), the
 * clocks of CPU time) and what it may use (prlimit(2) and its older forms).
 *
 * Without it the stack's size is the only limit, and `time` in a shell, `ulimit` and clock(3) do not work. It needs no other part.
 */
#ifndef KERNEL_OPTIONAL_USAGE_USAGE_H
#define KERNEL_OPTIONAL_USAGE_USAGE_H

#include "kernel/process/process.h"

static inline void usage_add(struct usage *to, const struct usage *more)
{
	to->user_ns += more->user_ns;
	to->kernel_ns += more->kernel_ns;
}

/* Returns what a task has used: until now if it is the current one, else until
 * its last switch or tick. */
struct usage task_usage(const struct task *task);

/* Returns the sum over all threads, also those that have ended. process_lock is
 * held. */
void process_usage_locked(struct process *process, struct usage *usage,
			  uint64_t *syscalls);
/* The same; it takes the lock. */
void process_usage(struct process *process, struct usage *usage,
		   uint64_t *syscalls);

/* Writes a struct rusage to a program's memory; what is not counted is 0. Does
 * nothing if `to` is 0. Returns 0 or -EFAULT. */
int usage_put(uaddr_t to, const struct usage *usage);

#endif
