/* enosys=say: each system call that a program misses is named on the console,
 * once. */
#include "kernel/cpu/kprintf.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"

static bool say_absent;

static void set_enosys(const char *value)
{
	if (strcmp(value, "say"))
		kprintf("enosys=%s: not say\n", value);
	else
		say_absent = true;
}
WORD("enosys", set_enosys);

static void name_absent(uint32_t number)
{
	static BITMAP(said, SYSCALL_COUNT);
	char name[ESCAPED_SIZE(sizeof(current_task()->name))];

	if (!say_absent || number >= SYSCALL_COUNT || bitmap_test(said, number))
		return;
	bitmap_set(said, number);
	escape(name, current_task()->name);
	kprintf("%s: there is no system call %u\n", name, number);
}
HOOK(call_absent, name_absent);
