/*
 * Measuring the TSC's rate by a reference timer of known rate: both are read
 * twice, some time apart. The longer the time, the better the figure.
 */
#ifndef KERNEL_TIME_CALIBRATE_H
#define KERNEL_TIME_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/time/clocksource.h"

/* Both counters, read at the same moment as nearly as possible. */
struct sample {
	uint64_t counter; /* TSC */
	uint64_t reference;
	uint64_t width; /* TSC cycles that reading them took */
};

struct rate {
	uint64_t mult;      /* nanoseconds in a cycle, times 2^32, or 0 */
	uint64_t error_ppb; /* how wrong it may be */
};

struct sample sample_take(const struct clocksource *reference);

/* Returns the rate between two samples; `mult` is 0 if the reference timer did
 * not move. */
struct rate rate_between(const struct sample *from, const struct sample *to,
			 const struct clocksource *reference);

/* The longest time between two samples: beyond it the reference timer may have
 * wrapped unnoticed. */
uint64_t reference_span_ns(const struct clocksource *reference);

#endif
