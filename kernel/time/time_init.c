/*
 * Which counter is the kernel's clock, and at what rate it runs. The TSC is
 * measured by a slower timer of known rate, over boot itself, so that nothing
 * waits for it. Where it cannot be trusted that slower timer is the clock, and
 * the vDSO falls back to system calls.
 */
#include "kernel/time/time_init.h"

#include <stddef.h>

#include "kernel/cpu/kprintf.h"
#include "kernel/time/rtc.h"
#include "kernel/time/tick.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/vvar.h"

/* A measurement over less than 100 us would be too coarse. */
#define SHORTEST_HZ 10000
/* A timer that does not count must not stop us: this many reads take 1 ms. */
#define MOST_READS 800
/* The TSC's rate where no timer counts. */
#define ASSUMED_HZ 1000000000

struct tsc_measurement tsc_measured;

static struct sample first; /* taken by time_init_early() */

void time_init_early(void)
{
	const struct clocksource *pmtimer = pmtimer_init();

	if (pmtimer)
		tsc_measured.reference = pmtimer;
	if (tsc_measured.reference)
		first = sample_take(tsc_measured.reference);
	else
		first.counter = clocksource_tsc.read();
}

/*
 * Waits until enough time has passed since the first sample. That one is taken
 * again if the reference timer may have wrapped meanwhile: every TSC counts
 * more than half a billion cycles a second.
 */
static void wait_a_little(const struct clocksource *reference)
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

/* Takes the second sample. Returns the rate, which is a mere assumption if the
 * machine has no timer that counts. */
static struct rate measure_tsc(const struct clocksource *reference)
{
	struct rate rate = { 0 };
	struct sample now;

	if (reference) {
		wait_a_little(reference);
		now = sample_take(reference);
		rate = rate_between(&first, &now, reference);
	}
	if (rate.mult)
		return rate;
	kprintf("time: no timer counts; the clock may be wrong\n");
	return (struct rate){ timeline_mult(ASSUMED_HZ), UINT64_MAX };
}

/* Returns why the TSC is to be the clock, or NULL. */
static const char *choose_tsc(void)
{
	const char *why = tsc_trusted();

	/* a counter of 16 bits wraps every 55 ms: it is no clock */
	if (!why && (tsc_measured.rate.error_ppb == UINT64_MAX ||
		     tsc_measured.reference->mask <= 0xffff))
		why = "there is no other";
	return why;
}

void time_init_late(void)
{
	const struct clocksource *reference = tsc_measured.reference;

	tsc_measured.rate = measure_tsc(reference);
	tsc_measured.why = choose_tsc();
	vvar_init();
	if (tsc_measured.why)
		timekeeper_start(&clocksource_tsc, tsc_measured.rate.mult,
				 first.counter, rtc_read());
	else
		timekeeper_start(reference, timeline_mult(reference->frequency),
				 first.reference, rtc_read());
	kprintf("time: TSC %lu.%03lu MHz by %s; clock %s: %s\n",
		tsc_khz() / 1000, tsc_khz() % 1000,
		reference ? reference->name : "guess",
		tsc_measured.why ? "tsc" : reference->name,
		tsc_measured.why ? tsc_measured.why
				 : "the TSC is not trusted yet");
	tick_start();
	HOOK_CALL(clock_started);
}

uint64_t tsc_to_ns(uint64_t cycles)
{
	return (unsigned __int128)cycles * tsc_measured.rate.mult >> NSEC_SHIFT;
}

uint64_t tsc_khz(void)
{
	return INSTANT_SECOND / 1000 / tsc_measured.rate.mult;
}
