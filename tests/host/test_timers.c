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

#include "kernel/cpu/acpi.h"
#include "kernel/time/rtc.h"
#include "kernel/time/timer_queue.h"

struct acpi_info acpi_info;

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

static int count(const struct timer *timer)
{
	int n = 0;

	for (; timer; timer = timer->next) {
		assert_ptr_equal(*timer->previous, timer);
		assert_true(timer->queued);
		for (const struct timer *c = timer->child; c; c = c->next)
			assert_true(c->deadline >= timer->deadline);
		n += 1 + count(timer->child);
	}
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
			assert_int_equal(count(queue.first), queued);
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

static struct rtc_registers encode(const struct tm *tm, bool binary,
				   bool hours24, bool century)
{
	unsigned year = tm->tm_year + 1900;
	uint8_t hour = hours24 ? tm->tm_hour : (tm->tm_hour + 11) % 12 + 1;
	struct rtc_registers r = { tm->tm_sec,
				   tm->tm_min,
				   hour,
				   tm->tm_mday,
				   tm->tm_mon + 1,
				   year % 100,
				   century ? year / 100 : 0,
				   (binary ? 4 : 0) | (hours24 ? 2 : 0) };
	uint8_t *bytes = (uint8_t *)&r;

	for (int i = 0; !binary && i < 7; i++)
		bytes[i] = bcd(bytes[i]);
	if (!hours24 && tm->tm_hour >= 12)
		r.hour |= 0x80;
	return r;
}

static void test_rtc_every_day(void **state)
{
	(void)state;
	/* 1970 to 2200 */
	for (int64_t day = 0; day < 84000; day++) {
		time_t seconds = day * 86400 + random64() % 86400;
		struct tm tm;

		gmtime_r(&seconds, &tm);
		for (int mode = 0; mode < 4; mode++) {
			struct rtc_registers r = encode(&tm, mode & 1, mode & 2,
							true);
			assert_int_equal(rtc_decode(&r), seconds);
		}
	}
}

static void test_rtc_edges(void **state)
{
	/* 2038, 2106, leap days, noon and midnight, and no century */
	const time_t edges[] = { 2147483647, 2147483648, 4294967295,
				 4294967296, 951782400,  1709164800,
				 1700049600, 1700006400, 4107542400 };

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		struct tm tm;

		gmtime_r(&edges[i], &tm);
		for (int mode = 0; mode < 4; mode++) {
			struct rtc_registers r = encode(&tm, mode & 1, mode & 2,
							true);
			assert_int_equal(rtc_decode(&r), edges[i]);
			r.century = 0;
			if (tm.tm_year >= 70 && tm.tm_year < 170)
				assert_int_equal(rtc_decode(&r), edges[i]);
		}
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
