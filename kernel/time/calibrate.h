/*
 * How fast the TSC runs, by a reference timer of known rate: from pairs of
 * readings taken some time apart, a better figure the longer the time.
 */
#ifndef KERNEL_TIME_CALIBRATE_H
#define KERNEL_TIME_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/time/clocksource.h"

/* Both counters at one moment, as nearly as several attempts allow. */
struct sample {
	uint64_t counter; /* TSC */
	uint64_t reference;
	uint64_t width; /* TSC cycles that the moment lasted */
};

/* A measured rate. */
struct rate {
	uint64_t mult;      /* nanoseconds in a cycle, times 2^32; 0: none */
	uint64_t error_ppb; /* how wrong it may be */
};

struct sample sample_take(const struct clocksource *reference);

/* The rate between two samples; mult 0 when the reference did not move. */
struct rate rate_between(const struct sample *from, const struct sample *to,
			 const struct clocksource *reference);

/* The longest time in which the reference cannot wrap unnoticed. */
uint64_t reference_span_ns(const struct clocksource *reference);

#endif
