/*
 * How the clocks are set up, and how their rate becomes better known.
 */
#ifndef KERNEL_TIME_TIME_INIT_H
#define KERNEL_TIME_TIME_INIT_H

#include <stdint.h>

#include "kernel/time/timekeeper.h"
#include "kernel/time/watch.h"

/*
 * The first reading of the TSC and a timer of known rate. After acpi_init(),
 * and as early as possible: what boot takes from here to time_init_late() is
 * the time in which the TSC's rate is measured. CLOCK_MONOTONIC is 0 here.
 */
void time_init_early(void);

/*
 * The second reading; chooses the clock source, reads the real-time clock,
 * fills the data page, starts this CPU's tick. Right before the first program.
 */
void time_init_late(void);

/* Measures again once in a while, and sets the better rate; looks after the
 * TSC; waits for the real-time clock. From the tick of the first CPU. */
void time_tick(void);

/* The clock source of that name shall be used if there is one. 0, or -EINVAL:
 * a name that stands for none. Before time_init_late(). */
int time_choose(const char *name);

/* The same while running, from the next tick on. 0, or -EINVAL: also where the
 * machine has no such source. */
int time_change(const char *name);

/*
 * From the next tick on the clock is another source, because the TSC is
 * `reason` ("not the same on all CPUs"), and programs fall back to the system
 * call. From any CPU.
 */
void time_distrust_tsc(const char *reason);

/* All that /proc/timekeeping tells. */
struct time_status {
	struct timekeeper_status clock;
	const char *why; /* is that source the clock */
	const char *bad; /* what was found wrong with the TSC, or NULL */
	const struct clocksource *reference; /* what the TSC is measured by */
	uint64_t tsc_khz;
	uint64_t error_ppb; /* of that */
	struct watch watch;
};

struct time_status time_status(void);

/* The name of source `i` of those that the machine has, or NULL: no more. */
const char *time_source_name(unsigned i);

/* By the best rate so far. */
uint64_t tsc_to_ns(uint64_t cycles);

#endif
