/* Allocations that fail because somebody wants it so: see fail.h. */
#include "kernel/mm/fail.h"

#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"

/* Allocations of the machine until one fails; 0: none will, or it has. */
static uint32_t fail_machine_nth;
bool fail_counts;

bool fail_count_one(void)
{
	struct context *current = THIS_CPU->current; /* NULL early in boot */

	if (unlikely(READ_ONCE(fail_machine_nth)) &&
	    atomic_fetch_sub(&fail_machine_nth, 1) == 1) {
		kprintf("fail-nth: an allocation fails:\n");
		backtrace_print((uint64_t)__builtin_return_address(0),
				*(uint64_t *)__builtin_frame_address(0));
		return true;
	}
	if (!current || likely(!current->fail_nth))
		return false;
	return --current->fail_nth == 0;
}

static void set_fail_nth(const char *value)
{
	long nth;

	if (parse_int(value, &nth) || nth < 1 || nth > INT32_MAX) {
		kprintf("fail-nth=%s: not the number of an allocation\n",
			value);
		return;
	}
	fail_machine_nth = (uint32_t)nth;
	fail_counts = true;
}
EARLY_WORD("fail-nth", set_fail_nth);
