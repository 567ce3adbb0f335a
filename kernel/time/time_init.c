/*
 * Which counter is the kernel's clock, and at what rate.  The TSC is measured
 * by a slower timer of known rate: over boot itself, so that nobody waits, and
 * again over longer and longer times while the machine runs.
 */
#include "kernel/time/time_init.h"

#include <stddef.h>

#include "kernel/abi/errno.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"
#include "kernel/lib/word.h"
#include "kernel/time/calibrate.h"
#include "kernel/time/clocksource.h"
#include "kernel/time/mul_div.h"
#include "kernel/time/rtc.h"
#include "kernel/time/tick.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"
#include "kernel/time/watch.h"

/* Shorter than this the first measurement would be too coarse ... */
#define SHORTEST_HZ 10000 /* 100 us */
/* ... but a timer that does not count must not stop us: 1 ms of reading it. */
#define MOST_READS 800

/* What is assumed where there is no timer to measure by. */
#define ASSUMED_HZ 1000000000

#define FIRST_SPAN_NS 16000000

/* How often the TSC is looked after. */
#define WATCH_NS 500000000ull

/* The measurement; after boot only the first CPU's tick touches it. */
static const struct clocksource *reference;
static struct sample first;
static uint64_t first_ns; /* when `first` was taken, CLOCK_MONOTONIC */
static uint64_t next_ns;  /* when to measure again; UINT64_MAX: never */
static uint64_t span_ns;  /* ... and how long after `first` that is */
static struct rate rate;  /* of the TSC: the best so far */
static bool trusted, steady;

static int chosen = -1;    /* index of `sources`; -1: not on the command line */
static const char *why;    /* ... is that the clock */
static const char *bad;    /* why the TSC is not any more, or NULL */
static struct watch watch; /* over the TSC, while that is the clock */
static uint64_t watched_ns;

/* What others ask of the tick. */
static int wanted = -1;       /* index of `sources`; -1: nothing */
static const char *complaint; /* against the TSC, or NULL */

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

/* ---- Which one ---------------------------------------------------------- */

static const struct clocksource *init_tsc(void)
{
	return &clocksource_tsc;
}

static const struct {
	const char *name;
	const struct clocksource *(*init)(void);
} sources[] = {
	{ "tsc", init_tsc },
	{ "hpet", hpet_init },
	{ "acpi_pm", pmtimer_init },
	{ "pit", pit_init },
};

/* Index of `sources`, or -EINVAL. */
static int find_source(const char *name)
{
	for (int i = 0; i < (int)ARRAY_SIZE(sources); i++)
		if (!strcmp(sources[i].name, name))
			return i;
	return -EINVAL;
}

int time_choose(const char *name)
{
	chosen = find_source(name);
	return chosen < 0 ? chosen : 0;
}

int time_change(const char *name)
{
	int i = find_source(name);

	if (i < 0 || !sources[i].init())
		return -EINVAL;
	WRITE_ONCE(wanted, i);
	return 0;
}

/* What is used where the TSC is not. */
static const struct clocksource *second_best(void)
{
	const struct clocksource *source = hpet_init();

	return source ? source : reference;
}

/* From the command line, or NULL: none was chosen, or there is none. */
static const struct clocksource *chosen_source(void)
{
	const struct clocksource *source;

	if (chosen < 0)
		return NULL;
	source = sources[chosen].init();
	if (!source)
		kprintf("time: clocksource=%s: the machine has none\n",
			sources[chosen].name);
	return source;
}

/* The TSC, when there is a reason to trust it. */
static const struct clocksource *choose(bool measured)
{
	const struct clocksource *source = chosen_source();

	why = "chosen on the command line";
	if (source)
		return source;
	why = tsc_trusted();
	/* with no other clock to go by, this one has to do */
	if (!why && (!measured || reference->mask <= 0xffff))
		why = "there is no other";
	if (why)
		return &clocksource_tsc;
	why = "the TSC is not trusted yet";
	return second_best();
}

/* What the source showed when the first sample was taken. */
static uint64_t count_at_start(const struct clocksource *source)
{
	uint64_t ns = tsc_to_ns(clocksource_tsc.read() - first.counter);

	return (source->read() - mul_div(ns, source->frequency, NSEC_PER_SEC)) &
	       source->mask;
}

void time_init_late(void)
{
	const struct clocksource *source = choose(measure_boot());

	trusted = source == &clocksource_tsc;
	steady = true;
	if (!trusted && chosen >= 0)
		next_ns = UINT64_MAX; /* it shall not be used: why measure */
	vvar_init();
	if (trusted)
		timekeeper_start(source, rate.mult, first.counter, rtc_read());
	else
		timekeeper_start(source, timeline_mult(source->frequency),
				 count_at_start(source), rtc_read());
	kprintf("time: TSC %lu.%03lu MHz by %s; clock %s: %s\n",
		tsc_khz() / 1000, tsc_khz() % 1000, reference->name,
		source->name, why);
	tick_start();
}

/* ---- A better rate ------------------------------------------------------ */

/* A rate that was measured consistently over seconds is trusted as well. */
static void measurement_done(void)
{
	next_ns = UINT64_MAX;
	if (trusted || !steady || READ_ONCE(complaint))
		return;
	trusted = true;
	why = "measured";
	timekeeper_set_source(&clocksource_tsc, rate.mult);
	kprintf("time: TSC %lu.%03lu MHz, trusted: measured\n",
		tsc_khz() / 1000, tsc_khz() % 1000);
}

static void take_rate(struct rate better)
{
	uint64_t a = rate.mult, b = better.mult;
	uint64_t difference_ppb = mul_div(a > b ? a - b : b - a, NSEC_PER_SEC,
					  a);

	if (difference_ppb > rate.error_ppb + better.error_ppb)
		steady = false;
	rate = better;
	if (trusted)
		timekeeper_set_rate(rate.mult);
}

static void refine(void)
{
	if (next_ns == UINT64_MAX || ktime_monotonic_ns() < next_ns)
		return;

	struct sample now = sample_take(reference);
	/* after it: the host may have stopped the machine just before */
	uint64_t now_ns = ktime_monotonic_ns();
	if (now_ns - first_ns > reference_span_ns(reference)) {
		measure_from_here(now_ns);
		return;
	}

	struct rate better = rate_between(&first, &now, reference);
	if (better.mult && better.error_ppb < rate.error_ppb)
		take_rate(better);

	span_ns *= 2;
	next_ns = first_ns + span_ns;
	if (span_ns > reference_span_ns(reference))
		measurement_done();
}

/* ---- Another one, while running ------------------------------------------ */

static void change_source(const struct clocksource *source, const char *reason)
{
	trusted = source == &clocksource_tsc;
	steady = false;
	next_ns = UINT64_MAX;
	watch.last.width = 0;
	why = reason;
	timekeeper_set_source(source,
			      trusted ? rate.mult
				      : timeline_mult(source->frequency));
}

static void obey_wish(void)
{
	int i = READ_ONCE(wanted);

	if (i < 0)
		return;
	WRITE_ONCE(wanted, -1);
	change_source(sources[i].init(), "chosen while running");
}

/* ---- The watch ---------------------------------------------------------- */

static void distrust_tsc(const char *reason)
{
	const struct clocksource *source = second_best();

	bad = reason;
	change_source(source, "the TSC is not trusted any more");
	kprintf("time: the TSC is %s; clock %s\n", reason, source->name);
}

void time_distrust_tsc(const char *reason)
{
	WRITE_ONCE(complaint, reason);
}

/* A reference that wraps within two looks is no witness. */
static bool can_watch(void)
{
	return trusted && rate.error_ppb != UINT64_MAX &&
	       reference_span_ns(reference) > 2 * WATCH_NS;
}

static void look_after_tsc(void)
{
	uint64_t now_ns = ktime_monotonic_ns();

	if (now_ns - watched_ns < WATCH_NS || !can_watch())
		return;
	watched_ns = now_ns;
	if (!watch.last.width)
		watch.last = sample_take(reference);
	else if (!watch_look(&watch, sample_take(reference), rate.mult,
			     reference))
		distrust_tsc("not running at its rate");
}

void time_tick(void)
{
	obey_wish();
	if (trusted && READ_ONCE(complaint))
		distrust_tsc(complaint);
	refine();
	look_after_tsc();
	rtc_tick();
}

struct time_status time_status(void)
{
	return (struct time_status){
		.clock = timekeeper_status(),
		.why = why,
		.bad = bad,
		.reference = reference,
		.tsc_khz = tsc_khz(),
		.error_ppb = rate.error_ppb,
		.watch = watch,
	};
}

const char *time_source_name(unsigned i)
{
	for (unsigned k = 0; k < ARRAY_SIZE(sources); k++)
		if (sources[k].init() && i-- == 0)
			return sources[k].name;
	return NULL;
}

static void set_clocksource(const char *value)
{
	if (time_choose(value))
		kprintf("clocksource=%s: not tsc, hpet, acpi_pm or pit\n",
			value);
}
WORD("clocksource", set_clocksource);
