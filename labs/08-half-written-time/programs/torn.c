/*
 * Reads a clock through the vDSO, for the graders of lab 8 and for a look:
 *
 *	torn count N	reads it N times, and counts how often it went back
 *	torn between	for ever: the system call, the vDSO, the system call
 *	torn open	for ever: a look, the vDSO
 */
#include "labs/grader.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/vsyscall.h"

/* Read by the grader, from outside. */
static volatile uint64_t reader;
static struct timespec before, now, after;

/* An emulator is much faster with long stretches than with short loops. */
#define STRETCH asm volatile(".fill 400, 1, 0x90")

/* Where the grader lets the program wait for a tick. */
__attribute__((noinline)) void spin(void);
void spin(void)
{
	for (;;)
		STRETCH;
}

/* About half a tick: with a nanosecond an instruction, 2 ms. */
static void half_tick(void)
{
	for (int i = 0; i < 5000; i++)
		STRETCH;
}

static int64_t nanoseconds(const struct timespec *t)
{
	return t->tv_sec * 1000000000 + t->tv_nsec;
}

static int count(long times)
{
	int64_t last = 0, most = 0;
	long back = 0;

	for (long i = 0; i < times; i++) {
		int64_t t;

		__vdso_clock_gettime(CLOCK_MONOTONIC, &now);
		t = nanoseconds(&now);
		back += t < last;
		if (last - t > most)
			most = last - t;
		last = t;
	}
	if (!back)
		printf("time went forward %ld times\n", times);
	else
		printf("time went back %ld times, by up to %ld ns\n", back,
		       most);
	return 0;
}

static void between(void)
{
	for (;;) {
		grader_looks(1);
		half_tick();
		syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &before);
		__vdso_clock_gettime(CLOCK_MONOTONIC, &now);
		syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &after);
	}
}

static void repeat(void)
{
	for (;;) {
		grader_looks(1);
		__vdso_clock_gettime(CLOCK_MONOTONIC, &now);
	}
}

int main(int argc, char **argv)
{
	reader = (uint64_t)__vdso_clock_gettime;
	if (!reader) {
		printf("the vDSO has no clock_gettime\n");
		return 1;
	}
	if (argc == 3 && !strcmp(argv[1], "count"))
		return count(parse_number(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "between"))
		between();
	if (argc == 2 && !strcmp(argv[1], "open"))
		repeat();
	if (argc == 2 && !strcmp(argv[1], "spin"))
		spin();
	dprintf(2, "usage: torn count N | between | open\n");
	return 2;
}
