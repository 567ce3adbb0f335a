/*
 * System calls about time: the slow road to what the vDSO tells.
 */
#ifndef KERNEL_SYS_TIME_H
#define KERNEL_SYS_TIME_H

#include <stdbool.h>

#include "kernel/abi/time.h"
#include "kernel/lib/types.h"

/* Is it a time that nobody need be ashamed of: no negative parts, less than a
 * second of nanoseconds? */
bool timespec_is_valid(const struct timespec *time);

/* To nanoseconds, UINT64_MAX for more than those 584 years, and back. */
uint64_t timespec_ns(const struct timespec *time);
struct timespec ns_timespec(uint64_t ns);

/* Reads a time that is valid: 0, -EFAULT, -EINVAL. */
int get_timespec(struct timespec *time, uaddr_t from);

/*
 * Until when to wait by CLOCK_MONOTONIC (ns), for a duration in user memory
 * (NULL: UINT64_MAX, for ever; else as get_timespec()), and for one in
 * milliseconds, of which fewer than none are for ever.
 */
int get_deadline(uint64_t *deadline, uaddr_t from);
uint64_t deadline_ms(int from_now);

/* May one sleep by this clock, or set timers? 0, -EOPNOTSUPP; -EINVAL: there
 * is no such clock. The CPU's time has setitimer(2) alone. */
int clock_check_timers(int clock);

#endif
