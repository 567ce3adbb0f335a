/*
 * A clock source: a counter of the machine that runs at a steady rate.  What
 * time it is by that counter is not its job (timeline.h).
 */
#ifndef KERNEL_TIME_CLOCKSOURCE_H
#define KERNEL_TIME_CLOCKSOURCE_H

#include <stdbool.h>
#include <stdint.h>

struct clocksource {
	const char *name;
	uint64_t (*read)(void); /* any context; ordered after earlier loads */
	uint64_t mask;          /* its bits: it wraps to 0 after this value */
	uint64_t frequency;     /* Hz; 0: has to be measured */
	bool user;              /* the vDSO reads it too, by itself */
};

extern const struct clocksource clocksource_tsc;

/* Each starts its timer and returns it, or NULL: there is none. */
const struct clocksource *pmtimer_init(void);
const struct clocksource *pit_init(void);
const struct clocksource *hpet_init(void); /* when memory can be mapped */

/*
 * Why the TSC may be trusted to run at one rate for ever, in words for the
 * boot log; or NULL: only a measurement can tell.
 */
const char *tsc_trusted(void);

#endif
