/*
 * Which counter is the clock while the machine runs: see clocks.h. All of it
 * happens in the first CPU's tick.
 */
#include "kernel/optional/clocks/clocks.h"

#include <stddef.h>

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/saturate.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"
#include "kernel/lib/word.h"
#include "kernel/optional/clocks/change.h"
#include "kernel/time/tick.h"
#include "kernel/time/time_init.h"
#include "kernel/time/timekeeper.h"

/* The first measurement of the rate takes 16 ms, each later one twice as long
 * as the one before. */
#define FIRST_SPAN_NS 16000000ull

/* How often the TSC is compared with the reference. */
#define WATCH_NS 500000000ull

static struct sample first;   /* with which all measurements begin */
static uint64_t first_ns;     /* when it was taken, CLOCK_MONOTONIC */
static uint64_t span_ns;      /* how long after it to measure; 0: never */
static bool steady = true;    /* each rate was within the last one's error */
static uint64_t watched_ns;   /* when the TSC was compared last */
static uint64_t ticked_ns;    /* when the last tick was */
static const char *complaint; /* against the TSC, by any CPU, or NULL */
static int chosen = -1;       /* index of `sources`, or -1: clocksource= */
static struct clocks_status status;

static bool tsc_is_clock(void)
{
	return status.source == &clocksource_tsc;
}

/* ---- The sources ---------------------------------------------------------------- */

static const struct clocksource *tsc_init(void)
{
	return &clocksource_tsc;
}

static const struct {
	const char *name;
	const struct clocksource *(*init)(void);
} sources[] = {
	{ "tsc", tsc_init },
	{ "hpet", hpet_init },
	{ "acpi_pm", pmtimer_init },
	{ "pit", pit_init },
};

const char *clocks_source_name(unsigned i)
{
	for (unsigned k = 0; k < ARRAY_SIZE(sources); k++)
		if (sources[k].init() && i-- == 0)
			return sources[k].name;
	return NULL;
}

static void set_clocksource(const char *value)
{
	for (int i = 0; i < (int)ARRAY_SIZE(sources); i++)
		if (!strcmp(sources[i].name, value))
			chosen = i;
	if (chosen < 0)
		kprintf("clocksource=%s: not tsc, hpet, acpi_pm or pit\n",
			value);
}
WORD("clocksource", set_clocksource);

/* What is the clock where the TSC is not. */
static const struct clocksource *second_best(void)
{
	const struct clocksource *hpet = hpet_init();

	return hpet ? hpet : tsc_measured.reference;
}

static void use(const struct clocksource *source, const char *why)
{
	uint64_t flags = spin_lock_irqsave(&timekeeper.lock);

	if (source != status.source)
		clock_change_source(&timekeeper.timeline, source,
				    source == &clocksource_tsc
					    ? tsc_measured.rate.mult
					    : timeline_mult(source->frequency));
	spin_unlock_irqrestore(&timekeeper.lock, flags);
	status.source = source;
	status.why = why;
	status.watch.last.width = 0;
}

static void use_rate(struct rate rate)
{
	uint64_t flags;

	tsc_measured.rate = rate;
	if (!tsc_is_clock())
		return;
	flags = spin_lock_irqsave(&timekeeper.lock);
	clock_change_rate(&timekeeper.timeline, rate.mult);
	spin_unlock_irqrestore(&timekeeper.lock, flags);
}

/* ---- A better rate -------------------------------------------------------------- */

static void measure_from_here(void)
{
	first = sample_take(tsc_measured.reference);
	first_ns = ktime_monotonic_ns();
	span_ns = FIRST_SPAN_NS;
}

/* A rate that was measured consistently over seconds is a reason to trust the
 * TSC, too. */
static void measurement_done(void)
{
	span_ns = 0;
	if (tsc_is_clock() || !steady || READ_ONCE(complaint))
		return;
	use(&clocksource_tsc, "measured");
	kprintf("time: TSC %lu.%03lu MHz, trusted: measured\n",
		tsc_khz() / 1000, tsc_khz() % 1000);
}

static void take_rate(struct rate better)
{
	struct rate old = tsc_measured.rate;
	uint64_t difference_ppb =
		mul_div(MAX(old.mult, better.mult) - MIN(old.mult, better.mult),
			NSEC_PER_SEC, old.mult);

	if (!better.mult || better.error_ppb >= old.error_ppb)
		return;
	if (difference_ppb > old.error_ppb + better.error_ppb)
		steady = false;
	use_rate(better);
}

static void refine(void)
{
	const struct clocksource *reference = tsc_measured.reference;
	struct sample now;
	uint64_t passed_ns;

	if (!span_ns || ktime_monotonic_ns() - first_ns < span_ns)
		return;
	now = sample_take(reference);
	/* read after it: the host may have stopped the machine just before */
	passed_ns = ktime_monotonic_ns() - first_ns;
	if (passed_ns > reference_span_ns(reference)) {
		measure_from_here();
		return;
	}
	take_rate(rate_between(&first, &now, reference));
	span_ns *= 2;
	if (span_ns > reference_span_ns(reference))
		measurement_done();
}

/* ---- Doubts --------------------------------------------------------------------- */

static void distrust_tsc(const char *reason)
{
	const struct clocksource *source = second_best();

	status.bad = reason;
	span_ns = 0;
	use(source, "the TSC is not trusted any more");
	kprintf("time: the TSC is %s; clock %s\n", reason, source->name);
}

void clocks_distrust_tsc(const char *reason)
{
	WRITE_ONCE(complaint, reason);
}

/* The reference timer must not wrap between two comparisons. */
static bool can_watch(void)
{
	return tsc_is_clock() && tsc_measured.rate.error_ppb != UINT64_MAX &&
	       reference_span_ns(tsc_measured.reference) > 2 * WATCH_NS;
}

static void watch_tsc(uint64_t now_ns)
{
	struct sample now;

	if (now_ns - watched_ns < WATCH_NS || !can_watch())
		return;
	watched_ns = now_ns;
	now = sample_take(tsc_measured.reference);
	if (!status.watch.last.width)
		status.watch.last = now;
	else if (!watch_look(&status.watch, now, tsc_measured.rate.mult,
			     tsc_measured.reference))
		distrust_tsc("not running at its rate");
}

/* ---- Events --------------------------------------------------------------------- */

static void clocks_start(void)
{
	const struct clocksource *source = chosen < 0 ? NULL
						      : sources[chosen].init();

	status.source = tsc_measured.why ? &clocksource_tsc
					 : tsc_measured.reference;
	status.why = tsc_measured.why;
	if (chosen >= 0 && !source)
		kprintf("time: clocksource=%s: the machine has none\n",
			sources[chosen].name);
	if (source)
		use(source, "chosen on the command line");
	else if (!tsc_is_clock())
		use(second_best(), "the TSC is not trusted yet");
	if (status.source !=
	    (tsc_measured.why ? &clocksource_tsc : tsc_measured.reference))
		kprintf("time: clock %s: %s\n", status.source->name,
			status.why);
	/* a TSC that shall not be the clock need not be measured */
	if (tsc_measured.rate.error_ppb != UINT64_MAX &&
	    (!source || tsc_is_clock()))
		measure_from_here();
	ticked_ns = ktime_monotonic_ns();
}
HOOK(clock_started, clocks_start);

static void clocks_tick(bool user)
{
	uint64_t now_ns = ktime_monotonic_ns(), passed_ns = now_ns - ticked_ns;

	(void)user;
	if (this_cpu()->id)
		return;
	ticked_ns = now_ns;
	status.updates++;
	status.late_updates += passed_ns >= 2 * NSEC_PER_SEC / TICK_HZ;
	status.latest_ns = MAX(status.latest_ns, passed_ns);
	if (tsc_is_clock() && READ_ONCE(complaint))
		distrust_tsc(complaint);
	refine();
	watch_tsc(now_ns);
}
HOOK(tick, clocks_tick);

struct clocks_status clocks_status(void)
{
	return status;
}
