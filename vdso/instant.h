/*
 * The arithmetic of time. It is exact, and the same in the vDSO and in the
 * kernel, so that a call and a system call agree to the nanosecond. One
 * multiplication turns cycles of a counter into nanoseconds times 2^32; that
 * fraction is kept when a clock moves on, so nothing is lost however often it
 * does.
 */
#ifndef VDSO_INSTANT_H
#define VDSO_INSTANT_H

#include <stdint.h>

#define NSEC_PER_SEC 1000000000ull
#define NSEC_SHIFT   32

/* A second in the unit of struct instant's nsec. */
#define INSTANT_SECOND (NSEC_PER_SEC << NSEC_SHIFT)

struct instant {
	uint64_t sec;
	uint64_t nsec; /* times 2^32, below INSTANT_SECOND */
};

/*
 * Returns how far the counter, which has the bits of `mask`, went from `base`
 * to `now`. It may have wrapped, and it may be a little behind `base`: because
 * it is another CPU's, or the machine was restored. Up to seven eighths of its
 * range count as ahead; the rest is behind and counts as not having moved.
 */
static inline uint64_t counter_delta(uint64_t now, uint64_t base, uint64_t mask)
{
	uint64_t delta = (now - base) & mask;

	return delta <= mask - (mask >> 3) ? delta : 0;
}

/*
 * Moves `t` on by `cycles` of `mult` / 2^32 nanoseconds.  Exact for any
 * `cycles` and a `mult` of up to 2^40 (counters from 4 MHz on).
 */
static inline void instant_advance(struct instant *t, uint64_t cycles,
				   uint64_t mult)
{
	unsigned __int128 sum = (unsigned __int128)cycles * mult + t->nsec;

	/* sum / INSTANT_SECOND, which is 2^41 * 1953125: no long division */
	uint64_t seconds = (uint64_t)(sum >> 41) / (INSTANT_SECOND >> 41);

	t->sec += seconds;
	t->nsec = (uint64_t)sum - seconds * INSTANT_SECOND;
}

#endif
