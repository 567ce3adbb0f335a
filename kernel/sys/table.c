/* The table of system calls, and the dispatcher that reads it: see table.h. */
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

#define SYSCALL_COUNT (SYS_number_of_the_beast + 1)

extern const struct syscall_entry syscalls[], syscalls_end[];

static syscall_handler *table[SYSCALL_COUNT]
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

/* ---- The dispatcher -------------------------------------------------------- */

syscall_handler *syscall_find(uint32_t number)
{
	syscall_handler *handler = NULL;

	if (number < SYSCALL_COUNT)
		handler = table[number];
	return handler ? handler
		       : (syscall_handler *)(void (*)(void))sys_absent;
}

/* Only the low half of the number counts, as on Linux. */
static long dispatch(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
		     uint64_t a4, uint64_t a5)
{
	struct context *context = THIS_CPU->current;
	struct trapframe *tf = (struct trapframe *)context->stack_top - 1;
	uint32_t number = (uint32_t)tf->code;
	long result;

	poison_stack();
	context->syscalls++;
	if (number >= SYSCALL_COUNT || !table[number])
		return sys_absent();
	result = table[number](a0, a1, a2, a3, a4, a5);
	assert_no_spinlock("a return to ring 3");
	return result;
}

void syscall_init(void)
{
	for (const struct syscall_entry *e = syscalls; e < syscalls_end; e++) {
		if (e->number >= SYSCALL_COUNT || table[e->number])
			panic("system call %lu has two handlers", e->number);
		table[e->number] = e->handler;
	}
	trap_hooks.syscall = dispatch;
	trap_hooks.syscall32 = syscall32_dispatch;
}
