/*
 * Fault injection: the n-th allocation fails, of a task (/proc/PID/fail-nth, as
 * in Linux with CONFIG_FAULT_INJECTION) or of the whole machine from boot on
 * (fail-nth=N). A frame and an object of the heap are an allocation each.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/printf.h"
#include "kernel/optional/proc_files.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/frame.h"
#include "kernel/process/process.h"

/* Allocations of the machine until one fails; 0 means that none will, or that
 * it has failed. */
static uint32_t fail_machine_nth;

static bool fail_this_one(void)
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

static void fail_alloc(bool *fail)
{
	*fail |= fail_this_one();
}
HOOK(alloc, fail_alloc);

static void set_fail_nth(const char *value)
{
	long nth;

	if (parse_int(value, &nth) || nth < 1 || nth > INT32_MAX) {
		kprintf("fail-nth=%s: not the number of an allocation\n",
			value);
		return;
	}
	fail_machine_nth = (uint32_t)nth;
	alloc_fails = true;
}
EARLY_WORD("fail-nth", set_fail_nth);

/* ---- /proc/PID/fail-nth ---- */

/* The counter of the first thread. process_lock held. NULL
 * when all have ended. */
static uint32_t *fail_counter(struct process *process)
{
	struct task *task = list_first(&process->threads, struct task, thread);

	return task ? &task->context.fail_nth : NULL;
}

static int show_fail_nth(struct sink *out, struct process *process)
{
	uint32_t *counter, nth;

	spin_lock(&process_lock);
	counter = fail_counter(process);
	nth = counter ? *counter : 0;
	spin_unlock(&process_lock);
	sink_printf(out, "%u\n", nth);
	return 0;
}

static int store_fail_nth(const char *words, struct process *process)
{
	uint32_t *counter;
	long nth;

	if (parse_int(words, &nth) || nth < 0 || nth > UINT32_MAX)
		return -EINVAL;
	spin_lock(&process_lock);
	counter = fail_counter(process);
	if (counter)
		*counter = (uint32_t)nth;
	WRITE_ONCE(alloc_fails, true);
	spin_unlock(&process_lock);
	return counter ? 0 : -ESRCH;
}

PROC_FILES(fail_nth_files) = {
	{ .path = "PID/fail-nth",
	  .mode = 0600,
	  .show = show_fail_nth,
	  .store = store_fail_nth },
};
