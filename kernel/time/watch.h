/*
 * The watch over a clock that is trusted: does it still run at its rate?  A
 * slower timer of known rate is the witness, and its word counts as far as it
 * can be precise.
 */
#ifndef KERNEL_TIME_WATCH_H
#define KERNEL_TIME_WATCH_H

#include "kernel/time/calibrate.h"

struct watch {
	struct sample last; /* what the next look is compared with */
	unsigned good;      /* looks that found nothing wrong */
	unsigned doubts;    /* looks that found another rate ... */
	unsigned in_a_row;  /* ... one after the other */
	unsigned missed;    /* looks too late: the reference has wrapped */
};

/*
 * A look at the TSC, which ought to run at `mult`. False: it has been wrong
 * several times in a row.
 */
bool watch_look(struct watch *watch, struct sample now, uint64_t mult,
		const struct clocksource *reference);

#endif
