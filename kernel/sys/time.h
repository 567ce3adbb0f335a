/*
 * Times as programs give them to system calls.
 */
#ifndef KERNEL_SYS_TIME_H
#define KERNEL_SYS_TIME_H

#include <stdbool.h>

#include "kernel/abi/time.h"
#include "kernel/lib/types.h"

struct process;

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

/*
 * CPU time of a process or thread by a number below 0, as glibc makes them
 * (clock_getcpuclockid(3), pthread_getcpuclockid(3)): the complement of its
 * number, then a bit that says that it is a thread's, then two for the kind.
 * A process number 0 is the caller's own.
 */
#define CPU_CLOCK_KIND              0x3 /* 0, 2: all time; 1: user time */
#define CPU_CLOCK_THREAD            0x4
#define CPU_CLOCK_NUMBER(clock)     ((int)(~(unsigned)(clock) >> 3))
#define CPU_CLOCK_OF_THREAD(number) ((int)(~(unsigned)(number) << 3 | 6))
#define CPU_CLOCK_USER              (-7)
#define CPU_CLOCK_ALL               (-6)

/* What such a clock shows (ns), for a thread of `process`. Returns 0, or
 * -EINVAL: no such process or thread. Takes process_lock. */
int cpu_clock_read(struct process *process, int clock, uint64_t *ns);

bool clock_exists(int clock);

/* May a program sleep by this clock, or set timers? Returns 0, -EOPNOTSUPP, or
 * -EINVAL if there is no such clock. */
int clock_check_timers(int clock);

#endif
