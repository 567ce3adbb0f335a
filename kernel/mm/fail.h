/*
 * Fault injection: the n-th allocation fails, of a task (/proc/PID/fail-nth, as
 * in Linux with CONFIG_FAULT_INJECTION) or of the whole machine from boot on
 * (fail-nth=N). A frame and an object of the heap are an allocation each.
 */
#ifndef KERNEL_MM_FAIL_H
#define KERNEL_MM_FAIL_H

#include <stdbool.h>
#include <stdint.h>

/* Allocations of the machine until one fails; 0: none will, or it has. */
extern uint32_t fail_machine_nth;

/* Counts one allocation: is it the one that is to fail? Any context. */
bool fail_this_one(void);

#endif
