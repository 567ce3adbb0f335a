/*
 * The shipped functions and the shipped writer, linked natively over one page,
 * on several CPUs at once: no reader ever sees half of an update, and time
 * goes forward from one thread to the next.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/cpu/cpu.h"
#include "kernel/optional/clocks/change.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"

/* How long each test goes on, and how many rounds more with SOAK set. */
#define RUN_NS      700000000ull
#define SOAK_ROUNDS 200000000ul

int __vdso_clock_gettime(int id, struct timespec *time);
int vdso_slow_path(long a, void *b, long number);

static struct timeline timeline;
static volatile bool stop;
static volatile unsigned long slow_paths;

/* The functions' road into the kernel: the host's would be another time. */
int vdso_slow_path(long a, void *b, long number)
{
	(void)a;
	(void)b;
	(void)number;
	slow_paths++;
	return -1;
}

bool cpu_has(enum cpu_feature feature)
{
	(void)feature;
	return false;
}

static uint64_t ordered_rdtsc(void)
{
	__builtin_ia32_lfence();
	return __builtin_ia32_rdtsc();
}

static const struct clocksource source = {
	.name = "tsc", .read = ordered_rdtsc, .mask = UINT64_MAX, .user = true
};

#define MULT        (1ull << 31)
#define REAL_OFFSET 1700000000123456789ull

static void start(void)
{
	timeline_start(&timeline, &source, MULT, ordered_rdtsc());
	timeline.clocks[TIMELINE_REAL] = (struct instant){
		REAL_OFFSET / NSEC_PER_SEC, REAL_OFFSET % NSEC_PER_SEC << 32
	};
	timeline.clocks[TIMELINE_TAI] = timeline.clocks[TIMELINE_REAL];
	vvar_init();
	clock_change_rate(&timeline, MULT);
	stop = false;
	slow_paths = 0;
}

static void update(void)
{
	static unsigned n;

	/* far more than a clock is ever slewed: a late reader would step */
	clock_change_rate(&timeline,
			  ++n % 2 ? MULT - MULT / 2 : MULT + MULT / 2);
}

/* UINT64_MAX: the function went into the kernel. */
static uint64_t read_ns(int id)
{
	struct timespec now;

	if (__vdso_clock_gettime(id, &now))
		return UINT64_MAX;
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void need_two_cpus(void)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip();
}

static uint64_t host_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static uint64_t run_end;
static unsigned long least_rounds;

static void run_begins(void)
{
	run_end = host_ns() + RUN_NS;
	least_rounds = getenv("SOAK") ? SOAK_ROUNDS : 0;
}

static bool goes_on(unsigned long rounds)
{
	return rounds < least_rounds || host_ns() < run_end;
}

static void *writer(void *unused)
{
	pin(1);
	while (!stop) {
		update();
		/* leave room for a reader's whole call now and then */
		for (int i = 0; i < 50; i++)
			__builtin_ia32_pause();
	}
	return unused;
}

/* REALTIME and MONOTONIC stay the same distance apart, to the nanosecond. */
static void test_torn(void **state)
{
	pthread_t thread;
	unsigned long rounds = 0, torn = 0;

	(void)state;
	need_two_cpus();
	start();
	pthread_create(&thread, NULL, writer, NULL);
	pin(0);
	for (run_begins(); goes_on(rounds);) {
		for (int i = 0; i < 1000; i++, rounds++) {
			uint64_t a = read_ns(CLOCK_MONOTONIC);
			uint64_t b = read_ns(CLOCK_REALTIME);
			uint64_t c = read_ns(CLOCK_MONOTONIC);

			if (a == UINT64_MAX || b == UINT64_MAX ||
			    c == UINT64_MAX)
				continue;
			b -= REAL_OFFSET;
			torn += b + 1 < a || b > c + 1 || c < a;
		}
	}
	stop = true;
	pthread_join(thread, NULL);
	print_message("# %lu rounds, %u updates, %lu slow paths, %lu torn\n",
		      rounds, vvar_k.clocks[0].seq.end, slow_paths, torn);
	assert_int_equal(torn, 0);
	assert_true(vvar_k.clocks[0].seq.end > 1000);
	assert_true(rounds > 10 * slow_paths);
}

/* Each thread shows the other its time; who loads it then reads a later one. */
static struct slot {
	uint64_t time __attribute__((aligned(64)));
	unsigned long back, rounds;
} slots[2];

static void pass_on(int me)
{
	uint64_t theirs = __atomic_load_n(&slots[1 - me].time,
					  __ATOMIC_ACQUIRE);
	uint64_t mine = read_ns(CLOCK_MONOTONIC);

	if (mine == UINT64_MAX)
		return;
	slots[me].back += mine < theirs;
	slots[me].rounds++;
	__atomic_store_n(&slots[me].time, mine, __ATOMIC_RELEASE);
}

static void *other_thread(void *unused)
{
	pin(1);
	while (!stop)
		pass_on(1);
	return unused;
}

static void test_causality(void **state)
{
	pthread_t thread;

	(void)state;
	need_two_cpus();
	start();
	slots[0] = slots[1] = (struct slot){ 0 };
	pthread_create(&thread, NULL, other_thread, NULL);
	pin(0);
	for (run_begins(); goes_on(slots[0].rounds);) {
		for (int i = 0; i < 1000; i++) {
			pass_on(0);
			if (i % 32 == 0)
				update();
		}
	}
	stop = true;
	pthread_join(thread, NULL);
	print_message("# %lu + %lu rounds, %lu + %lu back\n", slots[0].rounds,
		      slots[1].rounds, slots[0].back, slots[1].back);
	assert_true(slots[0].rounds > 10000 && slots[1].rounds > 10000);
	assert_int_equal(slots[0].back + slots[1].back, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_causality),
	};

	return cmocka_run_group_tests_name("vdso_torn", tests, NULL, NULL);
}
