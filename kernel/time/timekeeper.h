/*
 * What time it is: the kernel's clocks behind their lock.  System calls ask
 * here, never the data page; both show the same, by the same arithmetic.
 */
#ifndef KERNEL_TIME_TIMEKEEPER_H
#define KERNEL_TIME_TIMEKEEPER_H

#include <stdint.h>

#include "kernel/abi/time.h"
#include "kernel/time/clocksource.h"

/*
 * One of Linux's clocks, CLOCK_*. 0, or -EINVAL: not a clock of the machine
 * (a process's or thread's CPU time is kept elsewhere). Any context but NMI.
 */
int ktime_get(int clock, struct timespec *time);

/* The clock's resolution, or -EINVAL. */
int ktime_getres(int clock, struct timespec *resolution);

/* A clock that there is, and the one most used, in nanoseconds; 0 until
 * time_init_late(). */
uint64_t ktime_ns(int clock);
uint64_t ktime_monotonic_ns(void);

/* What CLOCK_MONOTONIC shows `ns` from now; UINT64_MAX: beyond all times. */
uint64_t ktime_deadline(uint64_t ns);

/*
 * Sets CLOCK_REALTIME, and CLOCK_TAI with it; timers by one of them follow at
 * the next tick. 0, or -EINVAL: no time, one before the machine was started,
 * or so late that thirty years on it would not fit.
 */
int ktime_set_real(const struct timespec *time);

/*
 * adjtimex(2), for one who may: TIME_*, or -EINVAL. What it fills in is true
 * also then.
 */
int ktime_adjust(struct timex *t);

/* The kernel's time zone, which it keeps for others and does not use. */
struct timezone ktime_zone(void);
void ktime_set_zone(const struct timezone *zone);

/* All clocks at 0 when `source` showed `cycles`; REAL shows `real_sec` now. */
void timekeeper_start(const struct clocksource *source, uint64_t mult,
		      uint64_t cycles, int64_t real_sec);

/* Moves the base to now and shows it to programs. From the tick. */
void timekeeper_update(void);

/* CLOCK_REALTIME is found to be `second` this very moment, give or take a
 * tick: it is put forward, never back, unless somebody has set it meanwhile. */
void timekeeper_correct_real(int64_t second);

/* What became of the updates. */
struct timekeeper_status {
	const struct clocksource *source;
	uint64_t updates;
	uint64_t late;         /* of them, those a whole tick late or more */
	uint64_t latest_ns;    /* the longest time between two */
	uint64_t corrected_ns; /* by how much the real-time clock put REAL */
	uint32_t times_set;    /* CLOCK_REALTIME, by programs */
};

struct timekeeper_status timekeeper_status(void);

/* From now on: another rate, another counter. No clock steps. */
void timekeeper_set_rate(uint64_t mult);
void timekeeper_set_source(const struct clocksource *source, uint64_t mult);

#endif
