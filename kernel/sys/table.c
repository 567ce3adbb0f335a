/* The table of system calls, which entry.asm reads: see table.h. */
#include "kernel/sys/table.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/sys/syscall32.h"

extern const struct syscall_entry syscalls[], syscalls_end[];

static syscall_handler *table[SYSCALL_COUNT + 1]
	__attribute__((section(".filled_at_boot")));

/* The handler of all calls that have none. */
static long sys_absent(void)
{
	HOOK_CALL(call_absent, (uint32_t)user_trapframe()->code);
	return -ENOSYS;
}

/* All numbers beyond the table have its last entry. */
syscall_handler *syscall_find(uint32_t number)
{
	syscall_handler *handler = table[MIN(number, (uint32_t)SYSCALL_COUNT)];

	return handler;
}

/* Takes the place of all handlers in a build with ASSERT=1. */
static long checked(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
		    uint64_t a4, uint64_t a5)
{
	long result;

	HOOK_CALL(kernel_entered);
	result = syscall_find((uint32_t)user_trapframe()->code)(a0, a1, a2, a3,
								a4, a5);
	assert_no_spinlock("a return to ring 3");
	return result;
}

void syscall_wrap(syscall_handler *wrapper)
{
	static syscall_handler *wrapped[SYSCALL_COUNT + 1];

	for (uint32_t i = 0; i <= SYSCALL_COUNT; i++)
		wrapped[i] = wrapper;
	trap_hooks.syscalls = wrapped;
}

void syscall_init(void)
{
	for (uint32_t i = 0; i <= SYSCALL_COUNT; i++)
		table[i] = (syscall_handler *)(void (*)(void))sys_absent;
	for (const struct syscall_entry *e = syscalls; e < syscalls_end; e++) {
		if (e->number >= SYSCALL_COUNT ||
		    table[e->number] != table[SYSCALL_COUNT])
			panic("system call %lu: too large, or two handlers",
			      e->number);
		table[e->number] = e->handler;
	}
	trap_hooks.syscalls = table;
	if (ASSERTIONS)
		syscall_wrap(checked);
	trap_hooks.syscall32 = syscall32_dispatch;
}
