/*
 * Times as programs give them to system calls.
 */
#ifndef KERNEL_SYS_TIME_H
#define KERNEL_SYS_TIME_H

#include <stdbool.h>

#include "kernel/abi/time.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/types.h"

/* Is the time valid: no negative part, less than a second of nanoseconds? */
bool timespec_is_valid(const struct timespec *time);

/* Converts to nanoseconds, UINT64_MAX for more than 584 years, and back. */
uint64_t timespec_ns(const struct timespec *time);
struct timespec ns_timespec(uint64_t ns);

/* Copies a valid time from user memory. Returns 0, -EFAULT, -EINVAL. */
int get_timespec(struct timespec *time, uaddr_t from);

/*
 * Tells until when to wait by CLOCK_MONOTONIC (ns), UINT64_MAX being for ever:
 * for a duration in user memory (NULL is for ever; returns as get_timespec()),
 * and for one in milliseconds (a negative one is for ever).
 */
int get_deadline(uint64_t *deadline, uaddr_t from);
uint64_t deadline_ms(int from_now);

/* Raised to read a clock that counts the CPU time of a process or thread:
 * CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, or a number below 0. A part
 * that knows it sets *ns, and *error, which is -EINVAL before. */
HOOK_EVENT(cpu_clock_read, int clock, uint64_t *ns, int *error);

bool clock_exists(int clock);

/* May a program sleep by this clock, or set timers? Returns 0, -EOPNOTSUPP, or
 * -EINVAL if there is no such clock. */
int clock_check_timers(int clock);

#endif
