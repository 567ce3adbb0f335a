/*
 * Fault injection: the n-th allocation fails, of a task (/proc/PID/fail-nth, as
 * in Linux with CONFIG_FAULT_INJECTION) or of the whole machine from boot on
 * (fail-nth=N). A frame and an object of the heap are an allocation each.
 */
#ifndef KERNEL_MM_FAIL_H
#define KERNEL_MM_FAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/atomic.h"
#include "kernel/lib/types.h"

/* Set with the first wish for a failure, of either kind: until then nothing is
 * counted. */
extern bool fail_counts;
bool fail_count_one(void);

/* Counts one allocation: is it the one that is to fail? Any context. */
static inline bool fail_this_one(void)
{
	return unlikely(READ_ONCE(fail_counts)) && fail_count_one();
}

#endif
