/*
 * A C program as any other, for glibc and musl: asks for the time, and prints
 * by which way each answer came: "vdso", "call" (a system call), "wrong".
 * What costs clearly less than the system call did not enter the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 50

static int by_clock_gettime(void)
{
	struct timespec now = { 0 };

	return clock_gettime(CLOCK_MONOTONIC, &now) || now.tv_nsec < 0;
}

static int by_gettimeofday(void)
{
	struct timeval now = { 0 };

	return gettimeofday(&now, NULL) || now.tv_sec < 1000000000;
}

static int by_time(void)
{
	return time(NULL) < 1000000000;
}

static int by_getcpu(void)
{
	return sched_getcpu() < 0;
}

/* The same by a system call, whatever the C library does. */

static int call_clock_gettime(void)
{
	struct timespec now;

	return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
}

static int call_gettimeofday(void)
{
	struct timeval now;

	return syscall(SYS_gettimeofday, &now, NULL);
}

static int call_time(void)
{
	return syscall(SYS_time, NULL);
}

static int call_getcpu(void)
{
	unsigned cpu;

	return syscall(SYS_getcpu, &cpu, NULL, NULL);
}

static uint64_t counter(void)
{
	return __builtin_ia32_rdtsc();
}

/* The least of many. */
static uint64_t cost(int (*ask)(void))
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start = counter();

		ask();
		start = counter() - start;
		if (start < least)
			least = start;
	}
	return least;
}

static void report(const char *name, int (*ask)(void), int (*call)(void))
{
	const char *way = ask()                            ? "wrong"
			  : cost(ask) < cost(call) * 3 / 4 ? "vdso"
							   : "call";

	printf(" %s=%s", name, way);
}

int main(void)
{
	report("clock_gettime", by_clock_gettime, call_clock_gettime);
	report("gettimeofday", by_gettimeofday, call_gettimeofday);
	report("time", by_time, call_time);
	report("getcpu", by_getcpu, call_getcpu);
	printf("\n");
	return 0;
}
