/*
 * The time keeper: the machine's one time line and its lock. System calls read
 * the clocks here, never on the data page; both show the same, because they
 * use the same arithmetic.
 */
#ifndef KERNEL_TIME_TIMEKEEPER_H
#define KERNEL_TIME_TIMEKEEPER_H

#include <stdint.h>

#include "kernel/abi/time.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/time/timeline.h"

/* The parts that set the clocks, or change their rate or counter, change the
 * time line as timekeeper_update() does. */
extern struct timekeeper {
	struct spinlock lock; /* RANK_TIME */
	/* Under the lock, as is the data page. */
	struct timeline timeline;
} timekeeper;

/*
 * Reads one of Linux's clocks, CLOCK_*. Returns 0, or -EINVAL if the machine
 * has no such clock (the CPU time of processes is counted elsewhere). From any
 * context but an NMI.
 */
int ktime_get(int clock, struct timespec *time);

/* Tells the clock's resolution: 0, or -EINVAL. */
int ktime_getres(int clock, struct timespec *resolution);

/* What a clock that exists shows, in nanoseconds; and the one that is used
 * most. 0 before time_init_late(). */
uint64_t ktime_ns(int clock);
uint64_t ktime_monotonic_ns(void);

/* What CLOCK_MONOTONIC shows `ns` from now; UINT64_MAX if that is too late. */
uint64_t ktime_deadline(uint64_t ns);

/* Starts all clocks at 0 when `source` showed `cycles`, but CLOCK_REALTIME and
 * CLOCK_TAI show `real_sec` now. */
void timekeeper_start(const struct clocksource *source, uint64_t mult,
		      uint64_t cycles, int64_t real_sec);

/* Moves the time line's base to now and shows it to programs. From the tick. */
void timekeeper_update(void);

#endif
