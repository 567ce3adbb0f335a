/*
 * The watch over a TSC that is trusted: does it still run at its rate? It is
 * compared with the reference timer twice a second, allowing for how imprecise
 * each comparison is.
 */
#ifndef KERNEL_OPTIONAL_CLOCKS_WATCH_H
#define KERNEL_OPTIONAL_CLOCKS_WATCH_H

#include "kernel/time/calibrate.h"

struct watch {
	struct sample last; /* the next sample is compared with this one */
	unsigned good;      /* comparisons that found nothing wrong */
	unsigned doubts;    /* comparisons that found another rate ... */
	unsigned in_a_row;  /* ... one after the other */
	unsigned missed;    /* too late: the reference has wrapped */
};

/*
 * Compares the TSC, which should run at `mult`, with the reference. Returns
 * false if it has been wrong several times in a row.
 */
bool watch_look(struct watch *watch, struct sample now, uint64_t mult,
		const struct clocksource *reference);

#endif
