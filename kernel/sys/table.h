/*
 * From a system call's number to the function that does it. A handler is a
 * static function sys_NAME(), and the line below it makes it the answer to
 * the number SYS_NAME of kernel/abi/syscall.h:
 *
 *	static long sys_getpid(void)
 *	{
 *		...
 *	}
 *	SYSCALL(getpid);
 *
 * The linker script collects these entries; `make syscalls` prints them. A
 * call without a handler, because its part is left out or it is not written,
 * answers -ENOSYS.
 *
 * A handler declares the parameters that it needs, of their own types. The
 * entry passes all six registers; the upper half of a register whose
 * parameter is an int may hold anything, and the compiler ignores it (System V
 * ABI 3.2.3).
 */
#ifndef KERNEL_SYS_TABLE_H
#define KERNEL_SYS_TABLE_H

#include "kernel/abi/syscall.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/hook.h"

struct syscall_entry {
	uint64_t number;
	syscall_handler *handler;
};

#define SYSCALL_AS(name, function)                                          \
	static const struct syscall_entry syscall_##name                    \
		__attribute__((section(".syscalls"), used, aligned(8))) = { \
			SYS_##name,                                         \
			(syscall_handler *)(void (*)(void))sys_##function   \
		}

#define SYSCALL(name) SYSCALL_AS(name, name)

/* Raised when a program makes a call that is not there. */
HOOK_EVENT(call_absent, uint32_t number);

/*
 * Fills the table and installs the dispatchers of SYSCALL and INT 0x80 in
 * trap_hooks. Before the read-only data are made read-only: the table is one
 * of them.
 */
void syscall_init(void);

/* The handler of `number`, or the one that answers -ENOSYS. */
syscall_handler *syscall_find(uint32_t number);

/* Makes all calls go to `wrapper`, which finds the number in user_trapframe()
 * and calls the handler. */
void syscall_wrap(syscall_handler *wrapper);

#endif
