/*
 * The steering of the clocks, adjtimex(2): against the rates that were asked
 * for, and Linux's limits.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/abi/errno.h"
#include "kernel/optional/steering/slew.h"

#define MULT (1ull << 31) /* a counter of 2 GHz */

static struct slew slew;

static uint64_t random64(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 2685821657736338717;
}

static int adjust(struct timex t, int64_t now_sec)
{
	int error = slew_check(&t);

	return error ? error : slew_adjust(&slew, &t, now_sec);
}

/* How much faster than the counter the clock runs, in parts per billion. */
static double faster_ppb(void)
{
	return ((double)slew_mult(&slew, MULT) / MULT - 1) * 1e9;
}

static void assert_faster(double ppb)
{
	if (faster_ppb() < ppb - 0.5 || faster_ppb() > ppb + 0.5)
		fail_msg("expected %.1f ppb, seen %.1f ppb", ppb, faster_ppb());
}

static void test_nothing(void **state)
{
	(void)state;
	slew = SLEW_NONE;
	assert_int_equal(slew_mult(&slew, MULT), MULT);
	assert_int_equal(adjust((struct timex){ 0 }, 0), TIME_ERROR);
	assert_int_equal(slew_mult(&slew, MULT), MULT);
}

static void test_frequency(void **state)
{
	const int64_t ppm[] = { 0, 1, -1, 17, -100, 499, 500, -500, 501, 9999 };

	(void)state;
	for (size_t i = 0; i < sizeof(ppm) / sizeof(*ppm); i++) {
		slew = SLEW_NONE;
		adjust((struct timex){ .modes = ADJ_FREQUENCY,
				       .freq = ppm[i] * 65536 },
		       0);
		assert_faster((ppm[i] > 500 ? 500 : ppm[i]) * 1000.0);
	}
}

static void test_tick_length(void **state)
{
	const int64_t ticks[] = { 9000, 9999, 10000, 10010, 11000 };

	(void)state;
	slew = SLEW_NONE;
	assert_int_equal(
		adjust((struct timex){ .modes = ADJ_TICK, .tick = 11001 }, 0),
		-EINVAL);
	assert_int_equal(
		adjust((struct timex){ .modes = ADJ_TICK, .tick = 8999 }, 0),
		-EINVAL);
	for (size_t i = 0; i < sizeof(ticks) / sizeof(*ticks); i++) {
		adjust((struct timex){ .modes = ADJ_TICK, .tick = ticks[i] },
		       0);
		assert_faster((double)(ticks[i] - 10000) * 1e5);
	}
}

/* What is told of the error holds for a while only. */
static void test_error_grows(void **state)
{
	struct timex t = { .modes = ADJ_MAXERROR | ADJ_STATUS, .maxerror = 10 };

	(void)state;
	slew = SLEW_NONE;
	assert_int_equal(adjust(t, 1000), TIME_OK);
	t = (struct timex){ 0 };
	assert_int_equal(slew_adjust(&slew, &t, 1100), TIME_OK);
	assert_int_equal(t.maxerror, 10 + 100 * 500);
	assert_int_equal(slew_adjust(&slew, &t, 41100), TIME_ERROR);
	assert_int_equal(t.maxerror, 16000000);
	assert_int_equal(t.status, STA_UNSYNC);
}

static void test_clear(void **state)
{
	struct timex t = { .modes = ADJ_STATUS | ADJ_NANO | ADJ_MAXERROR };

	(void)state;
	slew = SLEW_NONE;
	assert_int_equal(adjust(t, 0), TIME_OK);
	slew_clear(&slew);
	t = (struct timex){ 0 };
	assert_int_equal(slew_adjust(&slew, &t, 0), TIME_ERROR);
	assert_int_equal(t.status, STA_UNSYNC | STA_NANO);
}

static void test_refused(void **state)
{
	static const uint32_t unknown[] = { ADJ_OFFSET,
					    ADJ_TIMECONST,
					    ADJ_TAI,
					    ADJ_OFFSET_SINGLESHOT,
					    ADJ_OFFSET_SS_READ | ADJ_SETOFFSET,
					    0x8000,
					    0x10000,
					    0x80000000 };
	struct timex t = { .modes = ADJ_SETOFFSET, .time = { 0, 1000000 } };

	(void)state;
	assert_int_equal(slew_check(&t), -EINVAL);
	t.modes |= ADJ_NANO;
	assert_int_equal(slew_check(&t), 0);
	t.time.tv_usec = -1;
	assert_int_equal(slew_check(&t), -EINVAL);
	t = (struct timex){ .modes = ADJ_FREQUENCY, .freq = INT64_MIN };
	assert_int_equal(slew_check(&t), -EINVAL);
	t = (struct timex){ .modes = ADJ_STATUS, .status = STA_INS };
	assert_int_equal(slew_check(&t), -EINVAL);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		t = (struct timex){ .modes = unknown[i] };
		assert_int_equal(slew_check(&t), -EINVAL);
	}
}

/* Whatever is asked for, the rate stays within a tenth and 500 ppm. */
static void test_any_request(void **state)
{
	(void)state;
	slew = SLEW_NONE;
	for (int i = 0; i < 200000; i++) {
		struct timex t = {
			.modes = random64() >> 33 & 0x701e,
			.freq = (int64_t)(random64() >> 33) - (1l << 30),
			.maxerror = (int64_t)(random64() >> 33),
			.tick = 9000 + (int64_t)(random64() >> 33) % 2001,
			.status = (int64_t)(random64() >> 33) & 0xff40,
		};

		assert_true(adjust(t, i) >= 0);
		assert_in_range(slew_mult(&slew, MULT),
				MULT / 10 * 9 - MULT / 2000 - 10,
				MULT / 10 * 11 + MULT / 2000 + 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_frequency),
		cmocka_unit_test(test_tick_length),
		cmocka_unit_test(test_error_grows),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_any_request),
	};

	return cmocka_run_group_tests_name("slew", tests, NULL, NULL);
}
