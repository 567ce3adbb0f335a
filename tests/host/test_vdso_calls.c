/*
 * build/vdso.so, mapped as the kernel maps it and called for real: with the
 * page that update_vsyscall() writes, and a counter that the test chooses.
 * What the functions say is compared with a reference in wider arithmetic, and
 * with the kernel's own time line.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/abi/capabilities.h"
#include "kernel/cpu/cpu.h"
#include "kernel/time/tick.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"
#include "tests/host/vdso_image.h"

#define SEC 1000000000ull

static struct image image;
static struct timeline timeline;

/* What the counter shows, to the kernel and to the image. */
static uint64_t counter;
static int reads;

static uint64_t read_counter(void)
{
	reads++;
	return counter;
}

static struct clocksource source = {
	.name = "test", .read = read_counter, .mask = UINT64_MAX, .user = true
};

bool cpu_has(enum cpu_feature feature)
{
	return feature == CPU_RDTSCP;
}

/* What the tick does, and a change of rates; shows the page to the image. */
static void publish_rates(uint64_t mult, uint64_t raw_mult)
{
	vvar_open();
	timeline_rebase(&timeline, timeline.source->read());
	timeline.mult = mult;
	timeline.raw_mult = raw_mult;
	update_vsyscall(&timeline);
	memcpy(image.vvar_k, &vvar_k, sizeof(vvar_k));
}

static void publish(void)
{
	publish_rates(timeline.mult, timeline.raw_mult);
}

static uint64_t random64(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 2685821657736338717;
}

static void start(uint64_t mult, uint64_t cycles)
{
	counter = cycles;
	source.user = true;
	source.mask = UINT64_MAX;
	timeline_start(&timeline, &source, mult, cycles);
	for (int i = 0; i < TIMELINE_CLOCKS; i++)
		timeline.clocks[i] =
			(struct instant){ .sec = random64() % 5000000000,
					  .nsec = random64() % (SEC << 32) };
	timeline.clocks[TIMELINE_TAI].nsec =
		timeline.clocks[TIMELINE_REAL].nsec;
	publish();
}

static const struct {
	int id;
	enum timeline_clock line;
} fine[] = {
	{ CLOCK_REALTIME, TIMELINE_REAL },
	{ CLOCK_MONOTONIC, TIMELINE_MONO },
	{ CLOCK_BOOTTIME, TIMELINE_BOOT },
	{ CLOCK_TAI, TIMELINE_TAI },
	{ CLOCK_MONOTONIC_RAW, TIMELINE_RAW },
};

/* base + cycles * mult / 2^32, digit by digit in base 2^32. */
static struct timespec reference(struct instant base, uint64_t cycles,
				 uint64_t mult)
{
	unsigned __int128 sum = (unsigned __int128)cycles * mult + base.nsec;
	unsigned __int128 ns = sum >> 32;

	return (struct timespec){ .tv_sec = base.sec + (uint64_t)(ns / SEC),
				  .tv_nsec = (uint64_t)(ns % SEC) };
}

static void assert_time(struct timespec seen, struct timespec expected)
{
	if (seen.tv_sec == expected.tv_sec && seen.tv_nsec == expected.tv_nsec)
		return;
	fail_msg("expected %ld.%09ld, seen %ld.%09ld (counter %#lx, mult %#lx)",
		 expected.tv_sec, expected.tv_nsec, seen.tv_sec, seen.tv_nsec,
		 counter, timeline.mult);
}

/* All functions at this counter, `cycles` after the base. */
static void check_all(uint64_t cycles)
{
	struct timespec now = { -1, -1 };
	struct timeval tv;

	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		assert_int_equal(image.clock_gettime(fine[i].id, &now), 0);
		assert_time(now, reference(timeline.clocks[fine[i].line],
					   cycles, timeline.mult));
		struct instant trap = timeline_read(&timeline, fine[i].line,
						    counter);
		assert_int_equal(trap.sec, now.tv_sec);
		assert_int_equal(trap.nsec >> 32, now.tv_nsec);
	}
	image.clock_gettime(CLOCK_REALTIME, &now);
	assert_int_equal(image.gettimeofday(&tv, NULL), 0);
	assert_int_equal(tv.tv_sec, now.tv_sec);
	assert_int_equal(tv.tv_usec, now.tv_nsec / 1000);
}

static void test_any_distance(void **state)
{
	(void)state;
	for (int round = 0; round < 2000; round++) {
		/* 0.5 to 10 GHz */
		start((429496730 + random64() % 8160437862), random64());
		uint64_t base = counter;

		for (int bits = 0; bits <= 63; bits++) {
			uint64_t cycles = bits ? random64() >> (64 - bits) : 0;

			counter = base + cycles;
			check_all(cycles);
		}
		counter = base + (1ull << 63);
		check_all(1ull << 63);
	}
}

/* One cycle before, at, and after each clock's next second. */
static void test_next_second(void **state)
{
	(void)state;
	for (int round = 0; round < 2000; round++) {
		start(429496730 + random64() % 8160437862, random64());
		uint64_t base = counter;

		for (int i = 0; i < TIMELINE_CLOCKS; i++) {
			uint64_t left = (SEC << 32) - timeline.clocks[i].nsec;
			uint64_t edge = left / timeline.mult;

			for (int d = -1; d <= 2; d++) {
				if (edge + d > edge + 2)
					continue;
				counter = base + edge + d;
				check_all(edge + d);
			}
		}
	}
}

/* A counter behind the page, by a little or by twenty years. */
static void test_counter_behind(void **state)
{
	(void)state;
	for (int bits = 0; bits <= 60; bits++) {
		start(1ull << 31, random64());
		uint64_t base = counter;

		counter = base - 1 - (random64() & ((1ull << bits) - 1));
		check_all(0);
	}
}

static void test_counter_wraps(void **state)
{
	(void)state;
	start(1ull << 32, UINT64_MAX - 1000);
	uint64_t base = counter;

	for (uint64_t cycles = 0; cycles < 3000; cycles += 7) {
		counter = base + cycles;
		check_all(cycles);
	}
}

/* Ticks, early, late and very late: what the page says never goes back and
 * never drifts from one multiplication over the whole time. */
static void test_no_drift(void **state)
{
	(void)state;
	uint64_t mult = 2147483659, begin = random64();
	struct timespec last = { 0 };

	start(mult, begin);
	struct instant first[TIMELINE_CLOCKS];
	memcpy(first, timeline.clocks, sizeof(first));

	for (int tick = 0; tick < 200000; tick++) {
		struct timespec now;
		int which = tick % (sizeof(fine) / sizeof(*fine));

		counter += random64() >> (36 + tick % 24);
		image.clock_gettime(fine[which].id, &now);
		assert_time(now, reference(first[fine[which].line],
					   counter - begin, mult));
		publish();
		image.clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec < last.tv_sec ||
		    (now.tv_sec == last.tv_sec && now.tv_nsec < last.tv_nsec))
			fail_msg("back from %ld.%09ld to %ld.%09ld",
				 last.tv_sec, last.tv_nsec, now.tv_sec,
				 now.tv_nsec);
		last = now;
	}
}

typedef unsigned __int128 u128;

static void assert_sum(int id, struct instant first, u128 moved)
{
	u128 ns = (first.nsec + moved) >> 32;
	struct timespec now;

	image.clock_gettime(id, &now);
	assert_time(now, (struct timespec){ .tv_sec = first.sec +
						      (uint64_t)(ns / SEC),
					    .tv_nsec = (uint64_t)(ns % SEC) });
}

/*
 * A year of updates, from a tick to two minutes apart, and at every tenth
 * another rate. What the page says, right before each, is the sum of all the
 * cycles by the rate of their time, and the kernel's own clocks say the same:
 * not a nanosecond of drift.
 */
static void test_year(void **state)
{
	const uint64_t year = 31557600ull * 2000000000;
	struct instant first[TIMELINE_CLOCKS];
	u128 moved = 0, moved_raw = 0;
	uint64_t begin = random64();

	(void)state;
	start(1ull << 31, begin);
	memcpy(first, timeline.clocks, sizeof(first));
	for (int n = 0; counter - begin < year; n++) {
		uint64_t d = random64() % (240 * 2000000000ull >> n % 16);
		struct instant trap;

		counter += d;
		moved += (u128)d * timeline.mult;
		moved_raw += (u128)d * timeline.raw_mult;
		assert_sum(CLOCK_MONOTONIC, first[TIMELINE_MONO], moved);
		assert_sum(CLOCK_REALTIME, first[TIMELINE_REAL], moved);
		assert_sum(CLOCK_MONOTONIC_RAW, first[TIMELINE_RAW], moved_raw);
		trap = timeline_read(&timeline, TIMELINE_MONO, counter);
		if (n % 10)
			publish();
		else
			publish_rates((1ull << 31) + random64() % 2147483 -
					      1073741,
				      (1ull << 31) + random64() % 2000);
		assert_sum(CLOCK_MONOTONIC, first[TIMELINE_MONO], moved);
		assert_true(trap.sec == timeline.clocks[TIMELINE_MONO].sec &&
			    trap.nsec == timeline.clocks[TIMELINE_MONO].nsec);
	}
}

static void test_coarse(void **state)
{
	const int coarse[][2] = { { CLOCK_REALTIME_COARSE, TIMELINE_REAL },
				  { CLOCK_MONOTONIC_COARSE, TIMELINE_MONO } };
	struct timespec now;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		start(1ull << 31, random64());
		counter += random64() % 100000000;
		reads = 0;
		for (int c = 0; c < 2; c++) {
			image.clock_gettime(coarse[c][0], &now);
			struct instant t = timeline.clocks[coarse[c][1]];
			assert_time(now, reference(t, 0, timeline.mult));
		}
		int64_t sec = -1;
		assert_int_equal(image.time(NULL),
				 timeline.clocks[TIMELINE_REAL].sec);
		assert_int_equal(image.time(&sec),
				 timeline.clocks[TIMELINE_REAL].sec);
		assert_int_equal(sec, timeline.clocks[TIMELINE_REAL].sec);
		assert_int_equal(reads, 0);
	}
}

static void test_null_pointers(void **state)
{
	struct timezone zone = { 1, 1 };
	const struct timezone set = { -60, 1 };
	unsigned cpu, node;
	struct timeval tv;

	(void)state;
	start(1ull << 31, 12345);
	vvar_k.minuteswest = set.tz_minuteswest;
	vvar_k.dsttime = set.tz_dsttime;
	publish();
	assert_int_equal(image.gettimeofday(NULL, NULL), 0);
	assert_int_equal(image.gettimeofday(NULL, &zone), 0);
	assert_int_equal(zone.tz_minuteswest, -60);
	assert_int_equal(zone.tz_dsttime, 1);
	zone.tz_minuteswest = 0;
	assert_int_equal(image.gettimeofday(&tv, &zone), 0);
	assert_int_equal(zone.tz_minuteswest, -60);
	assert_int_equal(image.clock_getres(CLOCK_MONOTONIC, NULL), 0);
	assert_int_equal(image.getcpu(NULL, NULL, NULL), 0);
	assert_int_equal(image.getcpu(&cpu, NULL, NULL), 0);
	assert_int_equal(image.getcpu(NULL, &node, NULL), 0);
}

static sigjmp_buf fault;

static void on_fault(int signo)
{
	siglongjmp(fault, signo);
}

/* A bad pointer is the caller's SIGSEGV, not an error. */
static void test_bad_pointer(void **state)
{
	(void)state;
	start(1ull << 31, 12345);
	signal(SIGSEGV, on_fault);
	if (!sigsetjmp(fault, 1)) {
		image.clock_gettime(CLOCK_MONOTONIC, NULL);
		fail_msg("clock_gettime(…, NULL) returned");
	}
	if (!sigsetjmp(fault, 1)) {
		image.number_of_the_beast();
		*(volatile int *)&image.vvar_u->vnotb = 42;
		fail_msg("the page below the image can be written");
	}
	signal(SIGSEGV, SIG_DFL);
}

static void test_getres(void **state)
{
	struct timespec res = { -1, -1 };

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		assert_int_equal(image.clock_getres(fine[i].id, &res), 0);
		assert_int_equal(res.tv_sec, 0);
		assert_int_equal(res.tv_nsec, 1);
	}
	image.clock_getres(CLOCK_MONOTONIC_COARSE, &res);
	assert_int_equal(res.tv_nsec, SEC / TICK_HZ);
	assert_int_equal(image.clock_getres(CLOCK_THREAD_CPUTIME_ID, &res), 0);
}

/* Errors and other clocks are the system call's, whatever the number. */
static void test_slow_path(void **state)
{
	(void)state;
	start(1ull << 31, 12345);
	for (int i = 0; i < 3000; i++) {
		int id = i < 200 ? i - 100 : (int)random64();
		struct timespec now = { -1, -1 }, trap = { -1, -1 };
		bool ours = id == CLOCK_REALTIME_COARSE ||
			    id == CLOCK_MONOTONIC_COARSE;

		for (size_t c = 0; c < sizeof(fine) / sizeof(*fine); c++)
			ours |= id == fine[c].id;
		int r = image.clock_gettime(id, &now);
		long t = syscall(SYS_clock_gettime, id, &trap);
		assert_int_equal(r, t ? -errno : 0);
		assert_true(ours || t || now.tv_sec == trap.tv_sec ||
			    now.tv_sec + 1 == trap.tv_sec);
		r = image.clock_getres(id, &now);
		t = syscall(SYS_clock_getres, id, &trap);
		assert_int_equal(r, t ? -errno : 0);
	}
}

/* The kernel's own time, from the host's system call. */
static void assert_asks_kernel(int id)
{
	struct timespec before, now = { 0 }, after;

	syscall(SYS_clock_gettime, id, &before);
	assert_int_equal(image.clock_gettime(id, &now), 0);
	syscall(SYS_clock_gettime, id, &after);
	assert_true(now.tv_sec >= before.tv_sec && now.tv_sec <= after.tv_sec);
}

static void test_untrusted_counter(void **state)
{
	struct timespec now;
	struct timeval tv;

	(void)state;
	start(1ull << 31, 12345);
	assert_true(image.capabilities() & CAPABILITY_CLOCK);
	source.user = false;
	publish();
	assert_false(image.capabilities() & CAPABILITY_CLOCK);
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++)
		assert_asks_kernel(fine[i].id);
	assert_int_equal(image.gettimeofday(&tv, NULL), 0);
	assert_true(labs(tv.tv_sec - time(NULL)) <= 1);

	/* what needs no counter is still answered from the page */
	image.clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	assert_int_equal(now.tv_sec, timeline.clocks[TIMELINE_MONO].sec);
}

/* A writer that was stopped in the middle, for good. */
static void test_writer_never_ends(void **state)
{
	(void)state;
	start(1ull << 31, 12345);
	for (int i = 0; i < VVAR_LINES; i++)
		image.vvar_k->clocks[i].seq.begin++;
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		reads = 0;
		assert_asks_kernel(fine[i].id);
		assert_in_range(reads, 2, 10000);
	}
	assert_asks_kernel(CLOCK_MONOTONIC_COARSE);
}

/* The tick comes between the look at the page and the look at the counter. */
static int updates_left;

static uint64_t update_and_read(void)
{
	reads++;
	counter += 1000;
	if (updates_left > 0) {
		updates_left--;
		uint64_t mult = timeline.mult ^ (timeline.mult & 1 ? 3 : 1);

		source.read = read_counter;
		publish_rates(mult, mult);
		source.read = update_and_read;
	}
	return counter;
}

static void test_update_during_read(void **state)
{
	struct timespec now;

	(void)state;
	image_set_counter(&image, update_and_read);
	for (int updates = 0; updates < 20; updates++) {
		for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
			start((1ull << 31) + 1, random64());
			updates_left = updates;
			reads = 0;
			image.clock_gettime(fine[i].id, &now);
			struct instant t = timeline_read(&timeline,
							 fine[i].line, counter);
			assert_int_equal(now.tv_sec, t.sec);
			assert_int_equal(now.tv_nsec, t.nsec >> 32);
			assert_true(reads > updates);
		}
	}
	image_set_counter(&image, read_counter);
}

/* The writer samples the counter while all can see that it writes. */
static bool sampled;

static uint64_t read_in_section(void)
{
	for (int i = 0; i < VVAR_LINES; i++)
		assert_int_equal(vvar_k.clocks[i].seq.begin,
				 vvar_k.clocks[i].seq.end + 1);
	sampled = true;
	return counter;
}

static void test_sampled_in_section(void **state)
{
	(void)state;
	start(1ull << 31, 12345);
	source.read = read_in_section;
	publish();
	source.read = read_counter;
	assert_true(sampled);
	for (int i = 0; i < VVAR_LINES; i++)
		assert_int_equal(vvar_k.clocks[i].seq.begin,
				 vvar_k.clocks[i].seq.end);
}

static bool host_has_rdpid(void)
{
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & 1 << 22);
}

static void test_getcpu(void **state)
{
	(void)state;
	for (int patched = 0; patched < 2; patched++) {
		for (int want = 0; want < sysconf(_SC_NPROCESSORS_CONF);
		     want++) {
			unsigned cpu = -1, node = -1;
			cpu_set_t set;

			CPU_ZERO(&set);
			CPU_SET(want, &set);
			if (sched_setaffinity(0, sizeof(set), &set))
				continue;
			assert_int_equal(image.getcpu(&cpu, &node, NULL), 0);
			assert_int_equal(cpu, want);
			assert_int_equal(node, 0);
		}
		if (!host_has_rdpid())
			break;
		image_patch(&image, PATCH_RDPID);
	}
}

static void test_vnotb(void **state)
{
	const int64_t bad[] = { -1,        -4095,
				1ll << 31, -(1ll << 31) - 1,
				INT64_MAX, INT64_MIN };

	(void)state;
	start(1ull << 31, 0);
	assert_int_equal(image.number_of_the_beast(), 666);
	assert_int_equal(vnotb_set(42), 0);
	assert_int_equal(vnotb_get(), 42);
	assert_int_equal(image.number_of_the_beast(), 666);
	publish();
	assert_int_equal(image.number_of_the_beast(), 42);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(vnotb_set(bad[i]), -EINVAL);
		publish();
		assert_int_equal(image.number_of_the_beast(), 42);
	}
	assert_int_equal(vnotb_set(-4096), 0);
	assert_int_equal(vnotb_set(INT32_MIN), 0);
	assert_int_equal(vnotb_set(INT32_MAX), 0);
	publish();
	assert_int_equal(image.number_of_the_beast(), INT32_MAX);
	vnotb_set(666);
}

/* No byte of the page but the struct's own, and no kernel address. */
static void test_nothing_else_on_page(void **state)
{
	const unsigned char *page = (const void *)image.vvar_u;
	size_t used = offsetof(struct vvar, clocks) +
		      sizeof(image.vvar_u->clocks);

	const struct timezone utc = { 0, 0 };

	(void)state;
	start(1ull << 31, 1ull << 40);
	memset(timeline.clocks, 0, sizeof(timeline.clocks));
	vvar_k.minuteswest = utc.tz_minuteswest;
	vvar_k.dsttime = utc.tz_dsttime;
	publish();
	for (size_t i = used; i < VVAR_SIZE; i++)
		assert_int_equal(page[i], 0);
	for (size_t i = 0; i + 8 <= used; i++) {
		uint64_t word;

		memcpy(&word, page + i, 8);
		assert_false(word >= 0xffff800000000000);
	}
}

/* With the CPU's own counter, as built and as patched, beside the host. */
static uint64_t host_ns(int clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SEC + now.tv_nsec;
}

static uint64_t rdtsc(void)
{
	return __builtin_ia32_rdtsc();
}

static void fill_for_host(void)
{
	uint64_t c0 = rdtsc(), n0 = host_ns(CLOCK_MONOTONIC_RAW);

	usleep(20000);
	uint64_t n1 = host_ns(CLOCK_MONOTONIC_RAW), c1 = rdtsc();

	source.read = rdtsc;
	counter = rdtsc();
	timeline_start(&timeline, &source,
		       (unsigned __int128)(n1 - n0) * (1ull << 32) / (c1 - c0),
		       counter);
	uint64_t ns = host_ns(CLOCK_MONOTONIC);
	timeline.clocks[TIMELINE_MONO] = (struct instant){ ns / SEC,
							   ns % SEC << 32 };
	publish();
}

static void test_beside_the_host(void **state)
{
	struct image fresh;

	(void)state;
	image_map(&fresh);
	for (int patched = 0; patched < 2; patched++) {
		fill_for_host();
		memcpy(fresh.vvar_k, &vvar_k, sizeof(vvar_k));
		for (int i = 0; i < 10000; i++) {
			struct timespec now;
			uint64_t before = host_ns(CLOCK_MONOTONIC);

			fresh.clock_gettime(CLOCK_MONOTONIC, &now);
			uint64_t ns = now.tv_sec * SEC + now.tv_nsec;
			uint64_t after = host_ns(CLOCK_MONOTONIC);

			assert_in_range(ns, before - 100000, after + 100000);
		}
		image_patch(&fresh, PATCH_RDTSCP);
	}
	source.read = read_counter;
}

static int setup(void **state)
{
	(void)state;
	vvar_init();
	image_map(&image);
	image_set_counter(&image, read_counter);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_distance),
		cmocka_unit_test(test_next_second),
		cmocka_unit_test(test_counter_behind),
		cmocka_unit_test(test_counter_wraps),
		cmocka_unit_test(test_no_drift),
		cmocka_unit_test(test_year),
		cmocka_unit_test(test_coarse),
		cmocka_unit_test(test_null_pointers),
		cmocka_unit_test(test_bad_pointer),
		cmocka_unit_test(test_getres),
		cmocka_unit_test(test_slow_path),
		cmocka_unit_test(test_untrusted_counter),
		cmocka_unit_test(test_writer_never_ends),
		cmocka_unit_test(test_update_during_read),
		cmocka_unit_test(test_sampled_in_section),
		cmocka_unit_test(test_getcpu),
		cmocka_unit_test(test_vnotb),
		cmocka_unit_test(test_nothing_else_on_page),
		cmocka_unit_test(test_beside_the_host),
	};

	return cmocka_run_group_tests_name("vdso_calls", tests, setup, NULL);
}
