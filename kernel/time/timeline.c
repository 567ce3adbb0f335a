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
	*tl = (struct timeline){ 0 };
	timeline_set_source(tl, source, mult, cycles);
}

static uint64_t clock_mult(const struct timeline *tl, enum timeline_clock clock)
{
	return clock == TIMELINE_RAW ? tl->raw_mult : tl->mult;
}

/*
 * How far the counter is from the base. What the data page shows to programs
 * knows of no reading in between, and the kernel must say the same.
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
	tl->mult = tl->next_mult;
	tl->raw_mult = tl->next_raw_mult;
}

void timeline_set_rates(struct timeline *tl, uint64_t mult, uint64_t raw_mult)
{
	tl->next_mult = mult;
	tl->next_raw_mult = raw_mult;
}

void timeline_set_rate(struct timeline *tl, uint64_t mult)
{
	timeline_set_rates(tl, mult, mult);
}

void timeline_set_source(struct timeline *tl, const struct clocksource *source,
			 uint64_t mult, uint64_t cycles)
{
	tl->source = source;
	tl->cycles = cycles;
	tl->reached = 0;
	tl->mult = tl->raw_mult = mult;
	timeline_set_rate(tl, mult);
}

void timeline_set_real(struct timeline *tl, struct instant real)
{
	struct instant *tai = &tl->clocks[TIMELINE_TAI];

	/* whole seconds apart, so the fraction is the same */
	tai->sec += real.sec - tl->clocks[TIMELINE_REAL].sec;
	tai->nsec = real.nsec;
	tl->clocks[TIMELINE_REAL] = real;
}

struct instant timeline_read(struct timeline *tl, enum timeline_clock clock,
			     uint64_t now)
{
	struct instant t = tl->clocks[clock];

	instant_advance(&t, cycles_since_base(tl, now), clock_mult(tl, clock));
	return t;
}
