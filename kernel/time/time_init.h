/*
 * Setting the clocks up: the TSC is measured once, over boot.
 */
#ifndef KERNEL_TIME_TIME_INIT_H
#define KERNEL_TIME_TIME_INIT_H

#include <stdint.h>

#include "kernel/lib/hook.h"
#include "kernel/time/calibrate.h"

/*
 * Takes the first sample of the TSC and a timer of known rate. After
 * acpi_init(), and as early as possible: boot goes on from here to
 * time_init_late() while the TSC is measured. CLOCK_MONOTONIC is 0 here.
 */
void time_init_early(void);

/*
 * Takes the second sample, chooses the clock source, reads the date, fills the
 * data page and starts this CPU's tick. Right before the first program.
 */
void time_init_late(void);

/* Raised by time_init_late() at its end: the clocks run. */
HOOK_EVENT(clock_started, void);

/* What was measured. The part clocks measures again while the machine runs. */
extern struct tsc_measurement {
	const struct clocksource *reference; /* measures the TSC; or NULL */
	struct rate rate; /* its error is UINT64_MAX: not measured, assumed */
	const char *why;  /* the TSC is the clock; NULL if it is not */
} tsc_measured;

/* By the best rate so far. */
uint64_t tsc_to_ns(uint64_t cycles);
uint64_t tsc_khz(void);

#endif
