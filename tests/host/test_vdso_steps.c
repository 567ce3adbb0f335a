/*
 * The shipped image, one instruction at a time: how many a call takes, and
 * what it says when the page changes between any two of them.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "kernel/cpu/cpu.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"
#include "tests/host/vdso_image.h"

static struct image image;
static struct timeline timeline;

static uint64_t ordered_rdtsc(void)
{
	__builtin_ia32_lfence();
	return __builtin_ia32_rdtsc();
}

static const struct clocksource source = {
	.name = "tsc", .read = ordered_rdtsc, .mask = UINT64_MAX, .user = true
};

bool cpu_has(enum cpu_feature feature)
{
	(void)feature;
	return false;
}

#define MULT (1ull << 31)

static void publish(uint64_t mult)
{
	vvar_open();
	timeline_rebase(&timeline, timeline.source->read());
	timeline.mult = timeline.raw_mult = mult;
	update_vsyscall(&timeline);
	memcpy(image.vvar_k, &vvar_k, sizeof(vvar_k));
}

/* A new rate each time, 500 ppm up or down. */
static void update(void)
{
	static int n;

	publish(n++ % 2 ? MULT - MULT / 2000 : MULT + MULT / 2000);
}

/* Steps inside of the image; at number `stop_at` comes the interruption. */
static volatile int steps, stop_at, updates;

static void on_step(int signo, siginfo_t *info, void *context)
{
	uint64_t rip = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)signo;
	(void)info;
	if (rip - (uint64_t)image.bytes >= image.size)
		return;
	if (steps++ == stop_at)
		for (int i = 0; i < updates; i++)
			update();
}

/* Sets or clears the trap flag, below what a function may keep there. */
#define TRAP_FLAG(operation)                                              \
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\t" operation \
			 "\n\tpopfq\n\tlea 128(%%rsp), %%rsp"             \
			 :                                                \
			 :                                                \
			 : "memory", "cc")

/* `call`, stepped; returns how many instructions of the image it took. */
#define STEP(call)                                  \
	({                                          \
		steps = 0;                          \
		TRAP_FLAG("orq $0x100, (%%rsp)");   \
		call;                               \
		TRAP_FLAG("andq $~0x100, (%%rsp)"); \
		steps;                              \
	})

static struct timespec now;
static struct timeval tv;

/* All that can be called, and the most instructions that it may take. */
static int step_call(int which)
{
	unsigned cpu, node;
	int64_t sec;

	switch (which) {
	case 0:
		return STEP(image.clock_gettime(CLOCK_MONOTONIC, &now));
	case 1:
		return STEP(image.clock_gettime(CLOCK_REALTIME, &now));
	case 2:
		return STEP(image.clock_gettime(CLOCK_MONOTONIC_RAW, &now));
	case 3:
		return STEP(image.clock_gettime(CLOCK_BOOTTIME, &now));
	case 4:
		return STEP(image.clock_gettime(CLOCK_TAI, &now));
	case 5:
		return STEP(image.clock_gettime(CLOCK_MONOTONIC_COARSE, &now));
	case 6:
		return STEP(image.clock_gettime(CLOCK_REALTIME_COARSE, &now));
	case 7:
		return STEP(image.gettimeofday(&tv, NULL));
	case 8:
		return STEP(image.time(NULL));
	case 9:
		return STEP(image.time(&sec));
	case 10:
		return STEP(image.getcpu(&cpu, &node, NULL));
	case 11:
		return STEP(image.clock_getres(CLOCK_MONOTONIC, &now));
	case 12:
		return STEP(image.number_of_the_beast());
	default:
		return STEP(image.capabilities());
	}
}

static const struct {
	const char *name;
	int most;
} calls[] = {
	{ "clock_gettime MONOTONIC", 30 },
	{ "clock_gettime REALTIME", 30 },
	{ "clock_gettime MONOTONIC_RAW", 61 },
	{ "clock_gettime BOOTTIME", 61 },
	{ "clock_gettime TAI", 61 },
	{ "clock_gettime MONOTONIC_COARSE", 36 },
	{ "clock_gettime REALTIME_COARSE", 36 },
	{ "gettimeofday", 30 },
	{ "time(NULL)", 9 },
	{ "time(&t)", 10 },
	{ "getcpu", 16 },
	{ "clock_getres", 23 },
	{ "number_of_the_beast", 2 },
	{ "capabilities", 2 },
};
#define CALLS (int)(sizeof(calls) / sizeof(*calls))

static void start(void)
{
	timeline_start(&timeline, &source, MULT, ordered_rdtsc());
	timeline.clocks[TIMELINE_REAL].sec = 1700000000;
	timeline.clocks[TIMELINE_TAI].sec = 1700000037;
	publish(MULT);
}

static void test_instruction_counts(void **state)
{
	int least[CALLS];

	(void)state;
	stop_at = -1;
	for (int i = 0; i < CALLS; i++) {
		least[i] = 1000;
		/* the least of several: a second may end in one of them */
		for (int k = 0; k < 5; k++) {
			start();
			int n = step_call(i);

			if (n < least[i])
				least[i] = n;
		}
		print_message("# %3d instructions: %s\n", least[i],
			      calls[i].name);
	}
	for (int i = 0; i < CALLS; i++)
		assert_in_range(least[i], 1, calls[i].most);
}

static uint64_t trap_ns(int which)
{
	static const enum timeline_clock lines[] = {
		TIMELINE_MONO, TIMELINE_REAL, TIMELINE_RAW,  TIMELINE_BOOT,
		TIMELINE_TAI,  TIMELINE_MONO, TIMELINE_REAL, TIMELINE_REAL
	};
	enum timeline_clock line = lines[which];
	struct instant t = which == 5 || which == 6
				   ? timeline.clocks[line]
				   : timeline_read(&timeline, line,
						   ordered_rdtsc());

	return t.sec * NSEC_PER_SEC + (t.nsec >> 32);
}

/* Between the system call before and the one after it, wherever it comes. */
static void test_updates_at_each_instruction(void **state)
{
	(void)state;
	for (int which = 0; which <= 7; which++) {
		bool usec = which == 7;

		for (updates = 0; updates <= 2; updates++) {
			start();
			for (stop_at = 0; stop_at < 60; stop_at++) {
				uint64_t before = trap_ns(which);
				step_call(which);
				uint64_t after = trap_ns(which);
				uint64_t ns = usec ? tv.tv_sec * NSEC_PER_SEC +
							      tv.tv_usec * 1000
						   : now.tv_sec * NSEC_PER_SEC +
							      now.tv_nsec;

				if (usec)
					before = before / 1000 * 1000;
				if (ns < before || ns > after)
					fail_msg("%s, %d updates at "
						 "instruction %d: %lu, not in "
						 "%lu to %lu",
						 calls[which].name, updates,
						 stop_at, ns, before, after);
			}
		}
	}
}

static int setup(void **state)
{
	struct sigaction action = { .sa_sigaction = on_step,
				    .sa_flags = SA_SIGINFO };

	(void)state;
	vvar_init();
	image_map(&image);
	return sigaction(SIGTRAP, &action, NULL);
}

static int patch(void **state)
{
	(void)state;
	image_patch(&image, PATCH_RDTSCP);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instruction_counts),
		cmocka_unit_test(test_updates_at_each_instruction),
		{ "test_instruction_counts_patched", test_instruction_counts,
		  patch, NULL, NULL },
		{ "test_updates_at_each_instruction_patched",
		  test_updates_at_each_instruction, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("vdso_steps", tests, setup, NULL);
}
