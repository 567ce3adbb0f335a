/*
 * The part "clocks": more counters than the TSC, and doubts about it. It
 * measures the TSC's rate better while the machine runs, watches whether the
 * TSC keeps that rate and whether all CPUs' TSCs show the same, and makes the
 * HPET the clock where the TSC cannot be trusted, or what the kernel parameter
 * clocksource= names. /proc/timekeeping tells all of it.
 *
 * Without it the rate is known to some ppm, as boot measured it; a TSC that the
 * CPU does not call invariant is never used; one that the CPU calls so is
 * believed. It needs no other part.
 */
#ifndef KERNEL_OPTIONAL_CLOCKS_CLOCKS_H
#define KERNEL_OPTIONAL_CLOCKS_CLOCKS_H

#include "kernel/optional/clocks/watch.h"
#include "kernel/time/clocksource.h"

/* Starts the HPET; NULL if there is none. When memory can be mapped. */
const struct clocksource *hpet_init(void);
const struct clocksource *pit_init(void);

/*
 * From the next tick on the clock is another source, because the TSC is
 * `reason` ("not the same on all CPUs"), and programs fall back to the system
 * call. From any CPU.
 */
void clocks_distrust_tsc(const char *reason);

/* Returns the name of source `i` of those that the machine has, or NULL if
 * there are no more. */
const char *clocks_source_name(unsigned i);

/* What /proc/timekeeping tells. */
struct clocks_status {
	const struct clocksource *source;
	const char *why;       /* is that the clock */
	const char *bad;       /* what was found wrong with the TSC, or NULL */
	uint64_t updates;      /* ticks that moved the time line on ... */
	uint64_t late_updates; /* ... and how many of them were a tick late */
	uint64_t latest_ns;    /* the longest time between two */
	struct watch watch;
};

struct clocks_status clocks_status(void);

#endif
