/*
 * /proc/PID/fail-nth: which of a process's next allocations is to fail
 * (kernel/mm/fail.h).
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/proc_files.h"
#include "kernel/lib/string.h"
#include "kernel/mm/fail.h"
#include "kernel/process/process.h"

/* The counter of the first thread. process_lock held; NULL: all have ended. */
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
	WRITE_ONCE(fail_counts, true);
	spin_unlock(&process_lock);
	return counter ? 0 : -ESRCH;
}

PROC_FILES(fail_nth_files) = {
	{ .path = "PID/fail-nth",
	  .mode = 0600,
	  .show = show_fail_nth,
	  .store = store_fail_nth },
};
