/*
 * Changing the counter behind the clocks, and what is known of its rate, with
 * the page's readers held off. No clock steps. The time keeper's lock is held.
 */
#ifndef KERNEL_OPTIONAL_CLOCKS_CHANGE_H
#define KERNEL_OPTIONAL_CLOCKS_CHANGE_H

#include "kernel/time/timeline.h"

/* Makes `mult` the rate of the counter from now on. How much faster or slower
 * the clocks are steered to run than it stays the same. */
void clock_change_rate(struct timeline *tl, uint64_t mult);

/*
 * Makes another counter the clock. The clocks stand still from the reading of
 * the old one to that of the new one: some microseconds are lost, and none go
 * back.
 */
void clock_change_source(struct timeline *tl, const struct clocksource *source,
			 uint64_t mult);

#endif
