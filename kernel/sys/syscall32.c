/*
 * The slow gate, INT 0x80: it takes i386's numbers and 32-bit arguments from any
 * code segment, as on Linux. These few calls have no structures as arguments, so
 * the 64-bit handlers serve them.
 */
#include "kernel/sys/syscall32.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/syscall32.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/types.h"
#include "kernel/sys/table.h"

static const struct {
	uint16_t number32, number;
} calls[] = {
	{ SYS32_exit, SYS_exit },
	{ SYS32_write, SYS_write },
	{ SYS32_getpid, SYS_getpid },
	{ SYS32_getppid, SYS_getppid },
	{ SYS32_number_of_the_beast, SYS_number_of_the_beast },
};

long syscall32_dispatch(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
			uint64_t a4, uint64_t a5)
{
	uint32_t number = (uint32_t)user_trapframe()->code;

	THIS_CPU->current->syscalls++;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].number32 == number)
			return syscall_find(
				calls[i].number)((uint32_t)a0, (uint32_t)a1,
						 (uint32_t)a2, (uint32_t)a3,
						 (uint32_t)a4, (uint32_t)a5);
	return -ENOSYS;
}
