/* The table of system calls, which entry.asm reads: see table.h. */
#include "kernel/sys/table.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/poison.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/sched/task.h"
#include "kernel/sys/syscall32.h"

extern const struct syscall_entry syscalls[], syscalls_end[];

static syscall_handler *table[SYSCALL_COUNT + 1]
	__attribute__((section(".filled_at_boot")));

/* ---- Calls that are not there --------------------------------------------- */

static bool say_absent;

/* enosys=say: names each call that a program misses on the console, once. */
static void set_enosys(const char *value)
{
	if (strcmp(value, "say"))
		kprintf("enosys=%s: not say\n", value);
	else
		say_absent = true;
}
WORD("enosys", set_enosys);

static long sys_absent(void)
{
	static BITMAP(said, SYSCALL_COUNT);
	uint32_t number = (uint32_t)user_trapframe()->code;
	char name[ESCAPED_SIZE(sizeof(current_task()->name))];

	if (say_absent && number < SYSCALL_COUNT &&
	    !bitmap_test(said, number)) {
		bitmap_set(said, number);
		escape(name, current_task()->name);
		kprintf("%s: there is no system call %u\n", name, number);
	}
	return -ENOSYS;
}

/* ---- The table -------------------------------------------------------------- */

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

	poison_stack();
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
			panic("system call %lu has two handlers", e->number);
		table[e->number] = e->handler;
	}
	trap_hooks.syscalls = table;
	if (ASSERTIONS)
		syscall_wrap(checked);
	trap_hooks.syscall32 = syscall32_dispatch;
}
