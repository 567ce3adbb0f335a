/* Comparing a clock with another one: see watch.h. */
#include "kernel/optional/clocks/watch.h"

#include "kernel/lib/saturate.h"
#include "kernel/lib/types.h"
#include "vdso/instant.h"

/* A single bad sample may be noise. Three in a row mean that the TSC is wrong. */
#define BAD_SAMPLES_LIMIT 3

/* No good timer is wrong by more, nor does a host slew its clock faster. */
#define TOLERANCE_PPB 500000

static bool is_wrong(struct rate seen, uint64_t mult)
{
	uint64_t off = seen.mult > mult ? seen.mult - mult : mult - seen.mult;

	if (!seen.mult)
		return true;
	return mul_div(off, NSEC_PER_SEC, mult) >
	       (uint64_t)TOLERANCE_PPB + seen.error_ppb;
}

bool watch_look(struct watch *watch, struct sample now, uint64_t mult,
		const struct clocksource *reference)
{
	struct sample last = watch->last;
	unsigned __int128 elapsed = now.counter - last.counter;

	watch->last = now;
	if (elapsed * mult >> NSEC_SHIFT > reference_span_ns(reference)) {
		watch->missed++;
		return true;
	}
	if (!is_wrong(rate_between(&last, &now, reference), mult)) {
		watch->good++;
		watch->in_a_row = 0;
		return true;
	}
	watch->doubts++;
	return ++watch->in_a_row < BAD_SAMPLES_LIMIT;
}
