/*
 * The slow gate. A few calls for now, each with 32-bit arguments; a 32-bit
 * program's structs would need functions of their own.
 */
#include "kernel/sys/syscall32.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/syscall32.h"
#include "kernel/cpu/percpu.h"
#include "kernel/sys/file.h"
#include "kernel/sys/process.h"
#include "kernel/sys/system.h"

long syscall32_dispatch(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
			uint64_t a4, uint64_t a5)
{
	(void)a3, (void)a4, (void)a5;
	THIS_CPU->current->syscalls++;
	switch ((uint32_t)user_trapframe()->code) {
	case SYS32_exit:
		return sys_exit((int)a0);
	case SYS32_write:
		return sys_write((int)a0, (uint32_t)a1, (uint32_t)a2);
	case SYS32_getpid:
		return sys_getpid();
	case SYS32_getppid:
		return sys_getppid();
	case SYS32_number_of_the_beast:
		return sys_number_of_the_beast();
	default:
		return -ENOSYS;
	}
}
