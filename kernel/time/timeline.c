/*
 * The arithmetic of the kernel's clocks.
 */
#include "kernel/time/timeline.h"

uint64_t timeline_mult(uint64_t frequency)
{
	return (INSTANT_SECOND + frequency / 2) / frequency;
}

void timeline_start(struct timeline *tl, const struct clocksource *source,
		    uint64_t mult, uint64_t cycles)
{
	*tl = (struct timeline){
		.source = source,
		.cycles = cycles,
		.mult = mult,
		.raw_mult = mult,
	};
}

static uint64_t clock_mult(const struct timeline *tl, enum timeline_clock clock)
{
	return clock == TIMELINE_RAW ? tl->raw_mult : tl->mult;
}

/*
 * How far the counter is from the base. A counter that wraps is followed from
 * one reading to the next; but for one that programs read through the data
 * page, the kernel must count from the base, as they do.
 */
static uint64_t cycles_since_base(struct timeline *tl, uint64_t now)
{
	uint64_t cycles = tl->reached + counter_delta(now,
						      tl->cycles + tl->reached,
						      tl->source->mask);

	if (!tl->source->user)
		tl->reached = cycles;
	return cycles;
}

void timeline_rebase(struct timeline *tl, uint64_t now)
{
	uint64_t cycles = cycles_since_base(tl, now);

	for (int i = 0; i < TIMELINE_CLOCKS; i++)
		instant_advance(&tl->clocks[i], cycles, clock_mult(tl, i));
	tl->cycles += cycles;
	tl->reached = 0;
}

struct instant timeline_read(struct timeline *tl, enum timeline_clock clock,
			     uint64_t now)
{
	struct instant t = tl->clocks[clock];

	instant_advance(&t, cycles_since_base(tl, now), clock_mult(tl, clock));
	return t;
}
