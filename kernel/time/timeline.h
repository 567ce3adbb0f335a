/*
 * The time line: arithmetic that makes the kernel's clocks of one counter. It
 * holds a base, which is what each clock showed when the counter stood at
 * `cycles`, and the rate since then. The data page shows the same to programs.
 * It is exact: each cycle of the counter counts once, at the rate of its time,
 * and no fraction is dropped.
 *
 * It has no lock and reads no hardware: the caller does (timekeeper.c).
 */
#ifndef KERNEL_TIME_TIMELINE_H
#define KERNEL_TIME_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/time/clocksource.h"
#include "vdso/instant.h"

/* In the data page's order: line i / 2, slot i % 2 (vdso/vvar.h). */
enum timeline_clock {
	TIMELINE_REAL, /* seconds since 1970, UTC */
	TIMELINE_MONO, /* since boot; never set */
	TIMELINE_BOOT, /* the same: this kernel does not suspend */
	TIMELINE_TAI,  /* REAL and the leap seconds */
	TIMELINE_RAW,  /* like MONO, but never slewed */
	TIMELINE_CLOCKS,
};

struct timeline {
	const struct clocksource *source; /* NULL until it is started */
	uint64_t cycles;                  /* what it showed at the base */
	uint64_t reached;  /* cycles since then of the latest reading */
	uint64_t mult;     /* nanoseconds in a cycle, times 2^32 */
	uint64_t raw_mult; /* the same for RAW */
	struct instant clocks[TIMELINE_CLOCKS]; /* at the base */
};

/* The nanoseconds in a cycle of `frequency` Hz, times 2^32. */
uint64_t timeline_mult(uint64_t frequency);

/* Starts all clocks, at one rate, at 0 when `source` shows `cycles`. */
void timeline_start(struct timeline *tl, const struct clocksource *source,
		    uint64_t mult, uint64_t cycles);

/*
 * Moves the base to where the counter shows `now`. A new rate, a new date or
 * another counter may be set at a new base only: time until the base has
 * passed as it was told to programs, and from the base on it passes as set.
 */
void timeline_rebase(struct timeline *tl, uint64_t now);

/*
 * Returns what the clock shows when the counter shows `now`. A counter that
 * only the kernel reads may wrap between two bases, if it is read in time.
 */
struct instant timeline_read(struct timeline *tl, enum timeline_clock clock,
			     uint64_t now);

#endif
