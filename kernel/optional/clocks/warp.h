/*
 * Do all CPUs' TSCs show the same? A thread that moves to a CPU whose TSC is
 * behind would see time go back (SDM 3B 17.17). Whether a TSC keeps its rate is
 * checked by watch.c.
 */
#ifndef KERNEL_OPTIONAL_CLOCKS_WARP_H
#define KERNEL_OPTIONAL_CLOCKS_WARP_H

#include <stdint.h>

#include "kernel/lib/types.h"

/* What two CPUs saw of their counters, looking in turn. */
struct warp {
	uint64_t last;      /* the counter at the last look, by either */
	unsigned last_cpu;  /* who that was */
	unsigned handovers; /* looks that came after one of the other CPU's */
	uint64_t back;      /* cycles of the longest step back */
};

/* CPU `cpu` has read `now` after the last look was over. */
static inline void warp_look(struct warp *warp, unsigned cpu, uint64_t now)
{
	if (warp->last_cpu != cpu)
		warp->handovers++;
	if (now < warp->last)
		warp->back = MAX(warp->back, warp->last - now);
	warp->last = now;
	warp->last_cpu = cpu;
}

/* All comparisons so far, for /proc/timekeeping; `back` of the worst. */
extern struct warp warp_seen;
extern unsigned warp_cpus; /* CPUs that were compared with the first */

#endif
