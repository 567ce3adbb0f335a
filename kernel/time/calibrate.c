/*
 * Measuring one counter by another.
 */
#include "kernel/time/calibrate.h"

#include "kernel/lib/saturate.h"
#include "kernel/time/timeline.h"

#define ATTEMPTS 5

/*
 * The reference timer is read between two readings of the TSC. An interrupt of
 * the host may come between them, so this is tried several times, and the
 * attempt that took the shortest time counts.
 */
struct sample sample_take(const struct clocksource *reference)
{
	struct sample best = { .width = UINT64_MAX };

	for (int i = 0; i < ATTEMPTS; i++) {
		uint64_t before = clocksource_tsc.read();
		uint64_t count = reference->read();
		uint64_t width = clocksource_tsc.read() - before;

		if (width < best.width)
			best = (struct sample){ before + width / 2, count,
						width };
	}
	return best;
}

struct rate rate_between(const struct sample *from, const struct sample *to,
			 const struct clocksource *reference)
{
	uint64_t cycles = to->counter - from->counter;
	uint64_t ticks = (to->reference - from->reference) & reference->mask;

	if (!ticks || !cycles || cycles >> 63)
		return (struct rate){ 0, UINT64_MAX };

	uint64_t hz = mul_div(cycles, reference->frequency, ticks);
	uint64_t widths = from->width / 2 + to->width / 2;

	if (!hz || hz == UINT64_MAX)
		return (struct rate){ 0, UINT64_MAX };
	return (struct rate){
		.mult = timeline_mult(hz),
		/* the reference itself was read up to a tick late, twice */
		.error_ppb = mul_div(NSEC_PER_SEC, widths, cycles) +
			     2 * NSEC_PER_SEC / ticks,
	};
}

uint64_t reference_span_ns(const struct clocksource *reference)
{
	return mul_div(reference->mask / 2, NSEC_PER_SEC, reference->frequency);
}
