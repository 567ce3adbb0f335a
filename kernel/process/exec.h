/*
 * execve: another program in the same process.
 */
#ifndef KERNEL_PROCESS_EXEC_H
#define KERNEL_PROCESS_EXEC_H

#include "kernel/lib/types.h"

/*
 * Replaces the current program. `argv` and `envp` are user addresses of arrays
 * of strings. 0: user_trapframe() is the new program's; or -errno, and the old
 * one goes on (alone, if memory is full after its other threads have ended).
 */
int exec_user(const char *path, uaddr_t argv, uaddr_t envp);

/* The same with strings of the kernel's: for init. Arrays end with NULL. */
int exec_kernel(const char *path, const char *const *argv,
		const char *const *envp);

/*
 * Called, doing nothing, when a new program is ready to run: a debugger's
 * breakpoint learns from its arguments what is mapped where.
 */
void exec_hook(const char *path, uaddr_t bias, uaddr_t vdso_base);

/* /proc/sys/kernel/randomize_va_space: 0 none, 1 all but the heap, 2 all. */
extern int randomize_va_space;

/* A random number below `limit`, at most 2^32, or 0 if addresses are not to be random. */
uint64_t exec_random(uint64_t limit);

#endif
