/*
 * Which counter is the kernel's clock, and at what rate.  The TSC is measured
 * by a slower timer of known rate: over boot itself, so that nobody waits, and
 * again over longer and longer times while the machine runs.
 */
#include "kernel/time/time_init.h"

#include <stddef.h>

#include "kernel/cpu/kprintf.h"
#include "kernel/time/calibrate.h"
#include "kernel/time/clocksource.h"
#include "kernel/time/rtc.h"
#include "kernel/time/tick.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"

/* Shorter than this the first measurement would be too coarse ... */
#define SHORTEST_HZ 10000 /* 100 us */
/* ... but a timer that does not count must not stop us: 1 ms of reading it. */
#define MOST_READS 800

/* What is assumed where there is no timer to measure by. */
#define ASSUMED_HZ 1000000000

#define FIRST_SPAN_NS 16000000

/* The measurement; after boot only the first CPU's tick touches it. */
static const struct clocksource *reference;
static struct sample first;
static uint64_t first_ns; /* when `first` was taken, CLOCK_MONOTONIC */
static uint64_t next_ns;  /* when to measure again; UINT64_MAX: never */
static uint64_t span_ns;  /* ... and how long after `first` that is */
static struct rate rate;  /* of the TSC: the best so far */
static bool trusted, steady;

static void measure_from_here(uint64_t now_ns)
{
	first = sample_take(reference);
	first_ns = now_ns;
	span_ns = FIRST_SPAN_NS;
	next_ns = first_ns + span_ns;
}

void time_init_early(void)
{
	reference = pmtimer_init();
	if (!reference)
		reference = pit_init();
	measure_from_here(0);
}

/*
 * Waits until enough time has passed since the first sample, and takes that
 * one again if the reference may have wrapped meanwhile: no CPU of ours counts
 * fewer than half a billion cycles a second.
 */
static void wait_a_little(void)
{
	uint64_t enough = reference->frequency / SHORTEST_HZ;

	if (clocksource_tsc.read() - first.counter >
	    reference_span_ns(reference))
		first = sample_take(reference);
	for (int i = 0; i < MOST_READS; i++)
		if (((reference->read() - first.reference) & reference->mask) >=
		    enough)
			return;
}

/* False: the reference stands still. */
static bool measure_boot(void)
{
	wait_a_little();
	struct sample now = sample_take(reference);

	rate = rate_between(&first, &now, reference);
	if (rate.mult)
		return true;
	kprintf("time: %s does not count; the clock may be wrong\n",
		reference->name);
	rate.mult = timeline_mult(ASSUMED_HZ);
	next_ns = UINT64_MAX;
	return false;
}

uint64_t tsc_to_ns(uint64_t cycles)
{
	return (unsigned __int128)cycles * rate.mult >> NSEC_SHIFT;
}

static uint64_t tsc_khz(void)
{
	return INSTANT_SECOND / 1000 / rate.mult;
}

void time_init_late(void)
{
	const char *why = tsc_trusted();

	/* with no other clock to go by, this one has to do */
	if ((!measure_boot() || reference->mask <= 0xffff) && !why)
		why = "there is no other";
	trusted = why;
	steady = true;

	vvar_init();
	if (trusted)
		timekeeper_start(&clocksource_tsc, rate.mult, first.counter,
				 rtc_read());
	else
		timekeeper_start(reference, timeline_mult(reference->frequency),
				 first.reference, rtc_read());
	kprintf("time: TSC %lu.%03lu MHz by %s, %s%s\n", tsc_khz() / 1000,
		tsc_khz() % 1000, reference->name,
		trusted ? "trusted: " : "not trusted yet", trusted ? why : "");
	tick_start();
}

/* A rate that was measured consistently over seconds is trusted as well. */
static void measurement_done(void)
{
	next_ns = UINT64_MAX;
	if (trusted || !steady)
		return;
	trusted = true;
	timekeeper_set_source(&clocksource_tsc, rate.mult);
	kprintf("time: TSC %lu.%03lu MHz, trusted: measured\n",
		tsc_khz() / 1000, tsc_khz() % 1000);
}

static void take_rate(struct rate better)
{
	uint64_t a = rate.mult, b = better.mult;
	uint64_t difference_ppb = (a > b ? a - b : b - a) * NSEC_PER_SEC / a;

	if (difference_ppb > rate.error_ppb + better.error_ppb)
		steady = false;
	rate = better;
	if (trusted)
		timekeeper_set_rate(rate.mult);
}

void time_refine(void)
{
	if (next_ns == UINT64_MAX)
		return;

	uint64_t now_ns = ktime_monotonic_ns();
	if (now_ns < next_ns)
		return;
	if (now_ns - first_ns > reference_span_ns(reference)) {
		measure_from_here(now_ns); /* this tick came very late */
		return;
	}

	struct sample now = sample_take(reference);
	struct rate better = rate_between(&first, &now, reference);
	if (better.mult && better.error_ppb < rate.error_ppb)
		take_rate(better);

	span_ns *= 2;
	next_ns = first_ns + span_ns;
	if (span_ns > reference_span_ns(reference))
		measurement_done();
}
