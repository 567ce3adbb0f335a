/*
 * Clock sources: counters of the machine that run at a steady rate. The core
 * knows the CPU's time-stamp counter (TSC) and a reference timer, by which the
 * TSC is measured. What time it is by a counter is not their job (timeline.h).
 */
#ifndef KERNEL_TIME_CLOCKSOURCE_H
#define KERNEL_TIME_CLOCKSOURCE_H

#include <stdbool.h>
#include <stdint.h>

struct clocksource {
	const char *name;
	uint64_t (*read)(void); /* any context; ordered after earlier loads */
	uint64_t mask;          /* its bits: it wraps to 0 after this value */
	uint64_t frequency;     /* Hz, or 0 if it has to be measured */
	bool user;              /* the vDSO can read it, without a trap */
};

extern const struct clocksource clocksource_tsc;

/* Returns the ACPI timer, or NULL if the machine has none. */
const struct clocksource *pmtimer_init(void);

/*
 * Returns why the TSC can be trusted to run at one rate for ever, in words for
 * the boot log, or NULL if only a measurement can tell.
 */
const char *tsc_trusted(void);

#endif
