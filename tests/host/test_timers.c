/*
 * The order of timers against a naive list, and the real-time clock's date
 * against the C library's.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "kernel/time/rtc.h"
#include "kernel/time/timer_queue.h"

static uint64_t random64(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 2685821657736338717;
}

#define TIMERS 1000

static struct timer timers[TIMERS];
static struct timer_queue queue;

static uint64_t earliest(void)
{
	uint64_t found = UINT64_MAX;

	for (int i = 0; i < TIMERS; i++)
		if (timers[i].queued && timers[i].deadline < found)
			found = timers[i].deadline;
	return found;
}

/* How many are queued, in order and linked both ways. */
static int count(void)
{
	const struct timer *before = NULL;
	int n = 0;

	for (struct timer *t = queue.first; t; t = t->next) {
		assert_ptr_equal(t->previous, before);
		assert_true(t->queued);
		if (before)
			assert_true(before->deadline <= t->deadline);
		before = t;
		n++;
	}
	assert_ptr_equal(queue.last, before);
	return n;
}

static void test_queue(void **state)
{
	int queued = 0;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		struct timer *t = &timers[random64() % TIMERS];
		/* now more come than go, now more go */
		bool add = random64() % 8 < (round / 5000 % 2 ? 3 : 5);

		if (add && !t->queued) {
			t->deadline = random64() % 1000;
			timer_queue_add(&queue, t);
			queued++;
		} else if (!add && t->queued) {
			timer_queue_remove(&queue, t);
			queued--;
		} else if (!add && queue.first) {
			timer_queue_remove(&queue, queue.first);
			queued--;
		}
		if (queue.first)
			assert_int_equal(queue.first->deadline, earliest());
		else
			assert_int_equal(queued, 0);
		if (round % 100 == 0)
			assert_int_equal(count(), queued);
	}
	while (queue.first) {
		assert_int_equal(queue.first->deadline, earliest());
		timer_queue_remove(&queue, queue.first);
		queued--;
	}
	assert_int_equal(queued, 0);
}

/* All expire at once, and in order. */
static void test_queue_order(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < TIMERS; i++) {
		timers[i].deadline = i * 7919 % TIMERS;
		timer_queue_add(&queue, &timers[i]);
	}
	for (int i = 0; i < TIMERS; i++) {
		assert_int_equal(queue.first->deadline, i);
		assert_true(queue.first->deadline >= last);
		last = queue.first->deadline;
		timer_queue_remove(&queue, queue.first);
	}
	assert_null(queue.first);
}

static uint8_t bcd(unsigned n)
{
	return n / 10 << 4 | n % 10;
}

static struct rtc_registers encode(const struct tm *tm, bool binary)
{
	struct rtc_registers r = { tm->tm_sec,          tm->tm_min,
				   tm->tm_hour,         tm->tm_mday,
				   tm->tm_mon + 1,      tm->tm_year % 100,
				   (binary ? 4 : 0) | 2 };
	uint8_t *bytes = (uint8_t *)&r;

	for (int i = 0; !binary && i < 6; i++)
		bytes[i] = bcd(bytes[i]);
	return r;
}

static void test_rtc_every_day(void **state)
{
	const int64_t first = 0, last = 36524; /* 1970 to 2069 */

	(void)state;
	for (int64_t day = first; day <= last; day++) {
		time_t seconds = day * 86400 + random64() % 86400;
		struct tm tm;

		gmtime_r(&seconds, &tm);
		for (int binary = 0; binary < 2; binary++) {
			struct rtc_registers r = encode(&tm, binary);

			assert_int_equal(rtc_decode(&r), seconds);
		}
	}
}

static void test_rtc_edges(void **state)
{
	/* the limits of 32 bits, leap days, and the range's ends */
	const time_t edges[] = {
		0,          946684799,  946684800,  951782400,
		1709164800, 2147483647, 2147483648, 3155759999
	};

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		struct rtc_registers r;
		struct tm tm;

		gmtime_r(&edges[i], &tm);
		r = encode(&tm, false);
		assert_int_equal(rtc_decode(&r), edges[i]);
		r.status_b = 0; /* twelve hours */
		assert_int_equal(rtc_decode(&r), 0);
	}
}

static void test_rtc_garbage(void **state)
{
	struct rtc_registers r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_int_equal(rtc_decode(&r), 0);
	memset(&r, 0, sizeof(r));
	assert_int_equal(rtc_decode(&r), 0);
	for (int i = 0; i < 100000; i++) {
		uint64_t x = random64();

		memcpy(&r, &x, sizeof(r));
		int64_t seconds = rtc_decode(&r);
		assert_true(seconds >= 0 && seconds < 32503680000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_queue_order),
		cmocka_unit_test(test_rtc_every_day),
		cmocka_unit_test(test_rtc_edges),
		cmocka_unit_test(test_rtc_garbage),
	};

	return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
