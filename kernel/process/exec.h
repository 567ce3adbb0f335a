/*
 * execve(2): another program in the same process.
 */
#ifndef KERNEL_PROCESS_EXEC_H
#define KERNEL_PROCESS_EXEC_H

#include "kernel/lib/hook.h"
#include "kernel/lib/types.h"
#include "kernel/sched/task.h"

/* An array of strings for a new program, which ends with NULL: the kernel's own
 * strings first, then those of the program at address `user`. Either may be 0. */
struct strings {
	const char *const *kernel;
	uaddr_t user;
};

/*
 * Replaces the current program. Returns 0 when user_trapframe() is the new
 * program's, or -errno, and the old program goes on (with one thread, if memory
 * is full after its other threads have ended).
 */
int exec_program(const char *path, struct strings argv, struct strings envp);

/*
 * Does nothing. It is called when a new program is ready to run: a debugger that
 * breaks here learns from the arguments what is mapped where.
 */
void exec_hook(const char *path, uaddr_t bias, uaddr_t vdso_base);

/* Raised when the new program is ready to take the place of the current one; it
 * may still be refused by *error. No lock is held. */
HOOK_EVENT(program_changes, struct task *task, int *error);

struct program;

/* Set by the optional part "scripts". If program->file is a script, it puts the
 * script's interpreter there and completes program->argv. 0 or -errno. */
extern int (*exec_script)(struct program *program);

/* /proc/sys/kernel/randomize_va_space: 0 none, 1 all but the heap, 2 all. */
extern int randomize_va_space;

/* Returns a random number below `limit`, which is at most 2^32, or 0 if addresses
 * are not to be random. */
uint64_t exec_random(uint64_t limit);

#endif
