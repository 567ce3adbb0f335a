/*
 * Clocks that count the CPU time of a process or thread.
 */
#ifndef KERNEL_OPTIONAL_USAGE_CPU_CLOCK_H
#define KERNEL_OPTIONAL_USAGE_CPU_CLOCK_H

#include "kernel/lib/types.h"

struct process;

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

#endif
