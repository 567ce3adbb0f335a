/*
 * The kernel's clocks: the arithmetic against one in 128 bits over a simulated
 * year, changes of rate, source and date, and the measurement of a rate.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel/optional/clocks/warp.h"
#include "kernel/optional/clocks/watch.h"
#include "kernel/time/calibrate.h"
#include "kernel/time/timeline.h"

typedef unsigned __int128 u128;

static uint64_t counter;

static uint64_t read_counter(void)
{
	return counter;
}

static struct clocksource source = { .read = read_counter, .mask = UINT64_MAX };

static uint64_t random64(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 2685821657736338717;
}

static u128 total(struct instant t)
{
	assert_true(t.nsec < INSTANT_SECOND);
	return (u128)t.sec * INSTANT_SECOND + t.nsec;
}

static void test_mult(void **state)
{
	(void)state;
	assert_int_equal(timeline_mult(1000000000), 1ull << 32);
	assert_int_equal(timeline_mult(2000000000), 1ull << 31);
	assert_int_equal(timeline_mult(4000000000), 1ull << 30);
	assert_int_equal(timeline_mult(3579545), 1199864031881);
}

static void test_advance(void **state)
{
	(void)state;
	for (int i = 0; i < 1000000; i++) {
		struct instant t = { random64() >> 30,
				     random64() % INSTANT_SECOND };
		uint64_t mult = random64() >> (24 + random64() % 20);
		uint64_t cycles = random64() >> random64() % 64;
		u128 expected = total(t) + (u128)cycles * mult;

		instant_advance(&t, cycles, mult);
		assert_true(total(t) == expected);
	}
}

static void test_delta(void **state)
{
	const uint64_t masks[] = { 0xffff, 0xffffff, 0xffffffff, UINT64_MAX };

	(void)state;
	for (int m = 0; m < 4; m++) {
		uint64_t mask = masks[m], ahead = mask - mask / 8;

		for (int i = 0; i < 100000; i++) {
			uint64_t base = random64();
			uint64_t d = random64() & mask;

			assert_int_equal(counter_delta(base + d, base, mask),
					 d <= ahead ? d : 0);
		}
		assert_int_equal(counter_delta(5, 6, mask), 0);
		assert_int_equal(counter_delta(0, mask, mask), 1);
	}
}

/*
 * A year of updates, most of them at the tick, some late by seconds or by
 * hours, and a new rate now and then. Not a cycle is lost or counted twice.
 */
static void test_year(void **state)
{
	const uint64_t year = 31557600ull * 2000000000;
	uint64_t mult = timeline_mult(2000000000), begin = random64();
	struct timeline tl;
	u128 expected = 0;
	long updates = 0;

	(void)state;
	counter = begin;
	timeline_start(&tl, &source, mult, counter);
	while (counter - begin < year) {
		uint64_t d = random64() %
			     (updates % 1000 ? 24000000000 : 7200000000000);

		counter += d;
		expected += (u128)d * tl.mult;
		timeline_rebase(&tl, counter);
		if (updates++ % 64 == 0) {
			mult += random64() % 2000001 - 1000000;
			tl.mult = tl.raw_mult = mult;
		}
		for (int i = 0; i < TIMELINE_CLOCKS; i++)
			assert_true(total(tl.clocks[i]) == expected);
	}
	assert_true(updates > 1000000);
}

/* Between two bases: the same as if the base had been moved there. */
static void test_read(void **state)
{
	struct timeline tl;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		counter = random64();
		timeline_start(&tl, &source, 1 + random64() % (1ull << 40),
			       counter);
		uint64_t now = counter + (random64() >> random64() % 64);
		struct instant t = timeline_read(&tl, TIMELINE_MONO, now);

		timeline_rebase(&tl, now);
		assert_true(total(t) == total(tl.clocks[TIMELINE_MONO]));
	}
}

/* RAW runs at the counter's own rate. */
static void test_raw(void **state)
{
	struct timeline tl;

	(void)state;
	timeline_start(&tl, &source, 1ull << 32, 0);
	timeline_rebase(&tl, 1000);
	tl.mult = 1ull << 33;
	assert_true(total(timeline_read(&tl, TIMELINE_MONO, 2000)) ==
		    (u128)3000 << 32);
	assert_true(total(timeline_read(&tl, TIMELINE_RAW, 2000)) ==
		    (u128)2000 << 32);
}

/* A counter that stands behind the base, and then catches up. */
static void test_never_back(void **state)
{
	struct timeline tl;

	(void)state;
	timeline_start(&tl, &source, 1ull << 32, 5000);
	timeline_rebase(&tl, 6000);
	timeline_rebase(&tl, 5500);
	assert_true(total(tl.clocks[TIMELINE_MONO]) == (u128)1000 << 32);
	assert_true(total(timeline_read(&tl, TIMELINE_MONO, 5999)) ==
		    (u128)1000 << 32);
	timeline_rebase(&tl, 6500);
	assert_true(total(tl.clocks[TIMELINE_MONO]) == (u128)1500 << 32);
}

static void test_narrow_counter(void **state)
{
	struct clocksource pm = { .read = read_counter, .mask = 0xffffff };
	struct timeline tl;
	uint64_t now = 0xfff000, cycles = 0;

	(void)state;
	timeline_start(&tl, &pm, timeline_mult(3579545), now);
	for (int i = 0; i < 100000; i++) {
		uint64_t d = random64() % 0xe00000;

		now += d;
		cycles += d;
		timeline_rebase(&tl, now & pm.mask);
	}
	assert_true(total(tl.clocks[TIMELINE_BOOT]) ==
		    (u128)cycles * timeline_mult(3579545));
}

/* The tick is late by seconds, and a counter of 55 ms is read all the time: no
 * clock goes back, and no cycle is lost. */
static void test_narrow_counter_wraps(void **state)
{
	struct clocksource pit = { .read = read_counter, .mask = 0xffff };
	uint64_t mult = timeline_mult(1193182), now = 12345, cycles = 0;
	struct timeline tl;

	(void)state;
	timeline_start(&tl, &pit, mult, now);
	for (int i = 0; i < 100000; i++) {
		uint64_t d = random64() % 0xe000;

		cycles += d;
		for (int clock = 0; clock < TIMELINE_CLOCKS; clock++)
			assert_true(total(timeline_read(&tl, clock,
							(now + cycles) &
								pit.mask)) ==
				    (u128)cycles * mult);
		if (random64() % 100 == 0)
			timeline_rebase(&tl, (now + cycles) & pit.mask);
	}
}

/*
 * A machine whose counters follow one real time, and are read when it likes.
 */
static double now_ns, tsc_hz;
static unsigned delay_ns; /* longest that a reading takes */

static uint64_t read_tsc(void)
{
	now_ns += random64() % delay_ns;
	return now_ns * tsc_hz / 1e9;
}

const struct clocksource clocksource_tsc = { .read = read_tsc,
					     .mask = UINT64_MAX };

static struct clocksource pm = { .mask = 0xffffff, .frequency = 3579545 };

static uint64_t read_pm(void)
{
	now_ns += random64() % delay_ns;
	return (uint64_t)(now_ns * pm.frequency / 1e9) & pm.mask;
}

/* The rate is as near to the truth as it says. */
static void test_measured_rate(void **state)
{
	const double spans[] = { 1e5, 1e6, 16e6, 250e6, 1e9, 2e9 };

	(void)state;
	pm.read = read_pm;
	for (int round = 0; round < 20000; round++) {
		now_ns = random64() % 10000000000;
		tsc_hz = 8e8 + random64() % 4200000000;
		delay_ns = 1 + random64() % 3000;
		struct sample from = sample_take(&pm);
		now_ns += spans[round % 6];
		struct sample to = sample_take(&pm);
		struct rate rate = rate_between(&from, &to, &pm);

		double truth = 1e9 / tsc_hz * 4294967296;
		double error_ppb = (rate.mult / truth - 1) * 1e9;
		assert_int_not_equal(rate.mult, 0);
		if (error_ppb < 0)
			error_ppb = -error_ppb;
		if (error_ppb > rate.error_ppb + 2)
			fail_msg("%.0f ppb off, said at most %lu (span %.0f)",
				 error_ppb, rate.error_ppb, spans[round % 6]);
		if (spans[round % 6] >= 1e9)
			assert_true(rate.error_ppb < 10000);
	}
}

/* One of the attempts was not disturbed: that one is taken. */
static uint64_t read_disturbed(void)
{
	static int n;

	if (n++ % 5 != 3)
		now_ns += 1e6;
	return read_pm();
}

static void test_best_attempt(void **state)
{
	(void)state;
	pm.read = read_disturbed;
	tsc_hz = 1e9;
	delay_ns = 100;
	for (int i = 0; i < 100; i++)
		assert_true(sample_take(&pm).width < 1000);
}

static void test_dead_reference(void **state)
{
	struct sample a = { 1000, 77, 10 }, b = { 2000, 77, 10 };

	(void)state;
	assert_int_equal(rate_between(&a, &b, &pm).mult, 0);
	b = (struct sample){ 1000, 78, 10 };
	assert_int_equal(rate_between(&a, &b, &pm).mult, 0);
}

static void test_reference_span(void **state)
{
	struct clocksource pit = { .mask = 0xffff, .frequency = 1193182 };

	(void)state;
	assert_in_range(reference_span_ns(&pm), 2300000000, 2400000000);
	assert_in_range(reference_span_ns(&pit), 27000000, 28000000);
}

/* The watch, every half second for a minute. How many looks until it gives
 * the clock up, or 0. */
static int watched(double true_hz, double error_after_10_s, int disturbed_every)
{
	struct watch watch = { 0 };
	uint64_t mult = 1e9 / true_hz * 4294967296;

	pm.read = read_pm;
	tsc_hz = true_hz;
	delay_ns = 500;
	watch.last = sample_take(&pm);
	for (int look = 1; look <= 120; look++) {
		if (look == 20) {
			tsc_hz *= error_after_10_s;
			watch.last = sample_take(&pm);
		}
		now_ns += 5e8;
		if (disturbed_every && look % disturbed_every == 0)
			pm.read = read_disturbed;
		if (!watch_look(&watch, sample_take(&pm), mult, &pm))
			return look;
		pm.read = read_pm;
	}
	assert_int_equal(watch.good + watch.doubts, 120);
	return 0;
}

static void test_watch(void **state)
{
	(void)state;
	now_ns = 1e9;
	assert_int_equal(watched(2e9, 1, 0), 0);
	assert_int_equal(watched(2e9, 1, 3), 0);
	assert_int_equal(watched(3e9, 1.0003, 0), 0); /* a host's slew */
	assert_int_equal(watched(2e9, 1.01, 0), 22);
	assert_int_equal(watched(2e9, 0.998, 0), 22);
	assert_int_equal(watched(4e9, 0.5, 0), 22);
}

/* A stopped counter; a look that comes too late says nothing. */
static void test_watch_extremes(void **state)
{
	struct sample then = { 1000, 0, 10 }, now = { 5000001000, 895000, 10 };
	struct watch watch = { .last = then };

	(void)state;
	assert_true(watch_look(&watch, now, 1ull << 32, &pm));
	assert_int_equal(watch.missed, 1);
	assert_int_equal(watch.doubts, 0);
	for (int i = 0; i < 3; i++) {
		now.reference += 1000000;
		assert_int_equal(watch_look(&watch, now, 1ull << 32, &pm),
				 i < 2);
	}
	assert_int_equal(watch.doubts, 3);
}

/* Two CPUs look in turn, `offset` between their counters. */
static struct warp compared(uint64_t offset)
{
	struct warp warp = { 0 };

	for (uint64_t now = 1ull << 40; now < (1ull << 40) + 1000; now += 100) {
		warp_look(&warp, 0, now);
		warp_look(&warp, 0, now + 30);
		warp_look(&warp, 1, now + 50 + offset);
	}
	return warp;
}

/* A counter ahead is found as well as one behind: by the CPU that follows. */
static void test_warp(void **state)
{
	(void)state;
	assert_int_equal(compared(0).back, 0);
	assert_int_equal(compared(0).handovers, 19);
	assert_int_equal(compared(-20ull).back, 0); /* nobody can see that */
	assert_int_equal(compared(-21ull).back, 1);
	assert_int_equal(compared(-1000000ull).back, 999980);
	assert_int_equal(compared(50).back, 0);
	assert_int_equal(compared(51).back, 1);
	assert_int_equal(compared(1000000).back, 999950);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mult),
		cmocka_unit_test(test_advance),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_year),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_never_back),
		cmocka_unit_test(test_narrow_counter),
		cmocka_unit_test(test_narrow_counter_wraps),
		cmocka_unit_test(test_measured_rate),
		cmocka_unit_test(test_best_attempt),
		cmocka_unit_test(test_dead_reference),
		cmocka_unit_test(test_reference_span),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_watch_extremes),
		cmocka_unit_test(test_warp),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
