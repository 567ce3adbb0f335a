/*
 * execve: another program in the same process.
 */
#ifndef KERNEL_PROCESS_EXEC_H
#define KERNEL_PROCESS_EXEC_H

#include "kernel/lib/hook.h"
#include "kernel/lib/types.h"
#include "kernel/sched/task.h"

/* Strings for a new program: first the kernel's own, an array that ends with
 * NULL; then a program's, the address of such an array. Either may be 0. */
struct strings {
	const char *const *kernel;
	uaddr_t user;
};

/*
 * Replaces the current program. Returns 0: user_trapframe() is the new
 * program's; or -errno, and the old one goes on (alone, if memory is full after
 * its other threads have ended).
 */
int exec_program(const char *path, struct strings argv, struct strings envp);

/*
 * Called, doing nothing, when a new program is ready to run: a debugger's
 * breakpoint learns from its arguments what is mapped where.
 */
void exec_hook(const char *path, uaddr_t bias, uaddr_t vdso_base);

/* The new program is ready to take the place of the current one, and may still
 * be refused by *error. No lock is held. */
HOOK_EVENT(program_changes, struct task *task, int *error);

struct program;

/* Set by the optional part "scripts": if program->file is a script, puts its
 * interpreter in its place and completes program->argv. 0 or -errno. */
extern int (*exec_script)(struct program *program);

/* /proc/sys/kernel/randomize_va_space: 0 none, 1 all but the heap, 2 all. */
extern int randomize_va_space;

/* A random number below `limit`, at most 2^32, or 0 if addresses are not to be
 * random. */
uint64_t exec_random(uint64_t limit);

#endif
