/*
 * The steering of the clocks, adjtimex(2): against sums made here over hours
 * and days of simulated ticks, and Linux's limits.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/abi/errno.h"
#include "kernel/time/ntp.h"
#include "kernel/time/timeline.h"

#define TICK_NS 4000000ull
#define MULT    (1ull << 31) /* a counter of 2 GHz */

static struct ntp ntp;

static uint64_t random64(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 2685821657736338717;
}

/* How far the steered clock went from the counter's own, in ns. */
static double ahead;

static void run(uint64_t ticks)
{
	for (uint64_t i = 0; i < ticks; i++) {
		double rate = (double)ntp_mult(&ntp, MULT) / MULT;
		uint64_t cycles = TICK_NS * 2;

		ahead += cycles / 2.0 * (rate - 1);
		ntp_run(&ntp, TICK_NS);
	}
}

static int adjust(struct timex t, int64_t now_sec)
{
	int error = ntp_check(&t);

	return error ? error : ntp_adjust(&ntp, &t, now_sec);
}

static void start(void)
{
	ntp_init(&ntp);
	ahead = 0;
}

static void assert_ahead(double ns, double tolerance)
{
	if (ahead < ns - tolerance || ahead > ns + tolerance)
		fail_msg("expected %.0f ns, seen %.0f ns", ns, ahead);
}

static void test_nothing(void **state)
{
	(void)state;
	start();
	assert_int_equal(ntp_mult(&ntp, MULT), MULT);
	run(250 * 3600);
	assert_int_equal(ntp_mult(&ntp, MULT), MULT);
	assert_int_equal(adjust((struct timex){ 0 }, 0), TIME_ERROR);
}

/* A day at each of some frequencies; what is lost is the rounding of mult. */
static void test_frequency(void **state)
{
	const int64_t ppm[] = { 0, 1, -1, 17, -100, 499, 500, -500, 501, 9999 };

	(void)state;
	for (size_t i = 0; i < sizeof(ppm) / sizeof(*ppm); i++) {
		int64_t seen = ppm[i] > 500 ? 500 : ppm[i];

		start();
		adjust((struct timex){ .modes = ADJ_FREQUENCY,
				       .freq = ppm[i] * 65536 },
		       0);
		run(250 * 1000);
		assert_ahead(seen * 1000 * 1000.0, 1000 * 0.5);
	}
}

static void test_tick_length(void **state)
{
	(void)state;
	start();
	assert_int_equal(
		adjust((struct timex){ .modes = ADJ_TICK, .tick = 11001 }, 0),
		-EINVAL);
	assert_int_equal(
		adjust((struct timex){ .modes = ADJ_TICK, .tick = 8999 }, 0),
		-EINVAL);
	adjust((struct timex){ .modes = ADJ_TICK, .tick = 10010 }, 0);
	run(250 * 100);
	assert_ahead(100 * 1000000.0, 100);
}

/* adjtime(3): at 500 ppm until done, to a millionth: mult is rounded. */
static void test_single_shot(void **state)
{
	const int64_t usec[] = { 1, -1, 500, -500, 123456, -2000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(usec) / sizeof(*usec); i++) {
		struct timex t = { .modes = ADJ_OFFSET_SINGLESHOT,
				   .offset = usec[i] };

		start();
		adjust(t, 0);
		run(250);
		assert_true(ahead <= 500001 && ahead >= -500001);
		t = (struct timex){ .modes = ADJ_OFFSET_SS_READ };
		ntp_adjust(&ntp, &t, 0);
		assert_in_range(t.offset * 1000 + (int64_t)ahead + 1000000000 -
					usec[i] * 1000,
				1000000000 - 1001, 1000000000 + 1001);
		run(250 * 5000);
		assert_ahead(usec[i] * 1000.0,
			     2 + (usec[i] < 0 ? -usec[i] : usec[i]) / 1000);
		assert_int_equal(ntp_mult(&ntp, MULT), MULT);
	}
}

/* The loop works an offset off, the more slowly the longer its constant. */
static void test_loop(void **state)
{
	(void)state;
	for (int constant = 0; constant <= 4; constant++) {
		start();
		adjust((struct timex){ .modes = ADJ_STATUS | ADJ_NANO |
						ADJ_TIMECONST,
				       .status = STA_PLL | STA_FREQHOLD,
				       .constant = constant },
		       10);
		adjust((struct timex){ .modes = ADJ_OFFSET,
				       .offset = 20000000 },
		       10);
		run(250 << (2 + constant));
		/* 1 - 1/e of it in one time constant */
		assert_ahead(20000000 * 0.632, 20000000 * 0.01);
		run(250 * 40ull << (2 + constant));
		assert_ahead(20000000, 1000);
		assert_int_equal(ntp.offset, 0);
	}
}

/* Without STA_PLL an offset is not heeded; one that lasts moves the rate. */
static void test_loop_frequency(void **state)
{
	(void)state;
	start();
	adjust((struct timex){ .modes = ADJ_OFFSET, .offset = 1000 }, 1);
	assert_int_equal(ntp.offset, 0);
	adjust((struct timex){ .modes = ADJ_STATUS | ADJ_NANO,
			       .status = STA_PLL },
	       100);
	adjust((struct timex){ .modes = ADJ_TIMECONST, .constant = 2 }, 100);
	adjust((struct timex){ .modes = ADJ_OFFSET, .offset = 1000000 }, 116);
	/* 1 ms * 16 s / 2^12 s^2: 3906 ppb */
	assert_in_range(ntp.freq * 1000 / 65536, 3905, 3907);
	adjust((struct timex){ .modes = ADJ_STATUS, .status = 0 }, 117);
	assert_int_equal(ntp.offset, 0);
	assert_true(ntp.status & STA_UNSYNC);
}

static void test_error_grows(void **state)
{
	struct timex t = { .modes = ADJ_MAXERROR | ADJ_STATUS, .maxerror = 10 };

	(void)state;
	start();
	assert_int_equal(adjust(t, 0), TIME_OK);
	run(250 * 100);
	t = (struct timex){ 0 };
	assert_int_equal(ntp_adjust(&ntp, &t, 0), TIME_OK);
	assert_in_range(t.maxerror, 10 + 99 * 500, 10 + 100 * 500);
	run(250 * 40000);
	assert_int_equal(ntp_adjust(&ntp, &t, 0), TIME_ERROR);
	assert_int_equal(t.maxerror, 16000000);
}

/* Seconds that CLOCK_REALTIME shows from `sec` on, two days of them. */
static int days_seconds(int64_t sec, int64_t *at, int *states)
{
	int steps = 0;

	for (int i = 0; i < 2 * 86400; i++) {
		int step = ntp_second(&ntp, ++sec);

		sec += step;
		if (step)
			*at = sec;
		steps += step;
		*states |= 1 << ntp.state;
	}
	return steps;
}

static void test_leap_second(void **state)
{
	const int64_t noon = 1483185600; /* 2016-12-31 12:00:00 */
	int64_t at = 0;
	int states = 0;

	(void)state;
	start();
	adjust((struct timex){ .modes = ADJ_STATUS, .status = STA_INS }, 0);
	assert_int_equal(days_seconds(noon, &at, &states), -1);
	assert_int_equal(at, 1483228799); /* 23:59:59 once more */
	assert_int_equal(states,
			 1 << TIME_INS | 1 << TIME_OOP | 1 << TIME_WAIT);
	assert_int_equal(adjust((struct timex){ 0 }, 0), TIME_WAIT);
	adjust((struct timex){ .modes = ADJ_STATUS, .status = STA_DEL }, 0);
	ntp_second(&ntp, noon);
	assert_int_equal(ntp.state, TIME_WAIT); /* the old wish must go first */
	adjust((struct timex){ .modes = ADJ_STATUS }, 0);
	ntp_second(&ntp, noon);
	assert_int_equal(ntp.state, TIME_OK);
	adjust((struct timex){ .modes = ADJ_STATUS, .status = STA_DEL }, 0);
	assert_int_equal(days_seconds(noon, &at, &states), 1);
	assert_int_equal(at, 1483228800); /* right after 23:59:58 */
}

/* Taken back in time, or the clock is set, or the tick came late. */
static void test_leap_second_disturbed(void **state)
{
	int64_t at;
	int states = 0;

	(void)state;
	start();
	adjust((struct timex){ .modes = ADJ_STATUS, .status = STA_INS }, 0);
	assert_int_equal(ntp_second(&ntp, 86390), 0);
	adjust((struct timex){ .modes = ADJ_STATUS }, 0);
	assert_int_equal(days_seconds(86391, &at, &states), 0);
	adjust((struct timex){ .modes = ADJ_STATUS, .status = STA_INS }, 0);
	assert_int_equal(ntp_second(&ntp, 86390), 0);
	assert_int_equal(ntp_second(&ntp, 86403), -1);
	ntp_clear(&ntp);
	assert_int_equal(ntp_second(&ntp, 5 * 86400 + 1), 0);
	assert_int_equal(ntp.state, TIME_INS);
	assert_int_equal(ntp.leap_sec, 6 * 86400);
}

static void test_refused(void **state)
{
	struct timex t = { .modes = ADJ_SETOFFSET, .time = { 0, 1000000 } };

	(void)state;
	assert_int_equal(ntp_check(&t), -EINVAL);
	t.modes |= ADJ_NANO;
	assert_int_equal(ntp_check(&t), 0);
	t.time.tv_usec = -1;
	assert_int_equal(ntp_check(&t), -EINVAL);
	t = (struct timex){ .modes = 0x8000 };
	assert_int_equal(ntp_check(&t), -EINVAL);
	t = (struct timex){ .modes = ADJ_FREQUENCY, .freq = INT64_MIN };
	assert_int_equal(ntp_check(&t), -EINVAL);
}

/* Whatever is asked for, the rate stays between a half and twice the own. */
static void test_any_request(void **state)
{
	(void)state;
	start();
	for (int i = 0; i < 200000; i++) {
		struct timex t = {
			.modes = (int64_t)(random64() >> 33) & 0xf0ff,
			.offset = (int64_t)(random64() >> 33)
				  << random64() % 32,
			.freq = (int64_t)(random64() >> 33) - (1l << 30),
			.maxerror = (int64_t)(random64() >> 33),
			.constant = (int64_t)(random64() >> 33) % 40 - 20,
			.tick = 9000 + (int64_t)(random64() >> 33) % 2001,
			.status = (int64_t)(random64() >> 33) & 0xffff,
		};

		if ((int64_t)(random64() >> 33) % 2)
			t.offset = -t.offset;
		adjust(t, i);
		ntp_run(&ntp, (int64_t)(random64() >> 33) % 10
				      ? TICK_NS
				      : random64() >> 26);
		assert_in_range(ntp_mult(&ntp, MULT), MULT / 2, MULT * 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_frequency),
		cmocka_unit_test(test_tick_length),
		cmocka_unit_test(test_single_shot),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_loop_frequency),
		cmocka_unit_test(test_error_grows),
		cmocka_unit_test(test_leap_second),
		cmocka_unit_test(test_leap_second_disturbed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_any_request),
	};

	return cmocka_run_group_tests_name("ntp", tests, NULL, NULL);
}
