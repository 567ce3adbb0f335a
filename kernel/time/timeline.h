/*
 * The kernel's clocks as one piece of arithmetic over one counter, which the
 * data page shows to programs: where each clock stood when the counter showed
 * `cycles`, and how fast they run since.  Exact: every cycle of the counter
 * counts once, at the rate of its time, and no fraction is dropped.
 *
 * No lock, no hardware: who calls brings both (timekeeper.c).
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
	const struct clocksource *source; /* NULL: not started */
	uint64_t cycles;                  /* what it showed at the base */
	uint64_t reached;   /* cycles after it that have been told of */
	uint64_t mult;      /* nanoseconds in a cycle, times 2^32 ... */
	uint64_t next_mult; /* ... and from the next base on */
	uint64_t raw_mult, next_raw_mult;       /* the same for RAW */
	struct instant clocks[TIMELINE_CLOCKS]; /* at the base */
};

/* nanoseconds in a cycle of `frequency` Hz, times 2^32 */
uint64_t timeline_mult(uint64_t frequency);

/* All clocks at 0 when `source` shows `cycles`, at one rate. */
void timeline_start(struct timeline *tl, const struct clocksource *source,
		    uint64_t mult, uint64_t cycles);

/* Moves the base to where the counter shows `now`. */
void timeline_rebase(struct timeline *tl, uint64_t now);

/* A new rate for all clocks, or another for RAW, from the next base on. */
void timeline_set_rate(struct timeline *tl, uint64_t mult);
void timeline_set_rates(struct timeline *tl, uint64_t mult, uint64_t raw_mult);

/* Goes over to another counter, which shows `cycles` at the base. */
void timeline_set_source(struct timeline *tl, const struct clocksource *source,
			 uint64_t mult, uint64_t cycles);

/* Sets REAL at the base; TAI keeps its distance. */
void timeline_set_real(struct timeline *tl, struct instant real);

/*
 * The clock's time where the counter shows `now`. A counter that only the
 * kernel reads may wrap between two bases, if it is read meanwhile.
 */
struct instant timeline_read(struct timeline *tl, enum timeline_clock clock,
			     uint64_t now);

#endif
