/*
 * Each function of the vDSO, called once, and what it returns; and a loop for
 * the tick to interrupt. tests/boot/backtrace.py steps through it with gdb.
 */
#include "kernel/abi/errno.h"
#include "user/lib/tap.h"
#include "user/lib/vsyscall.h"

/* Ends when the tick has moved the coarse clock on 50 times. */
static void be_interrupted(void)
{
	struct timespec last, now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &last);
	for (int ticks = 0; ticks < 50; ticks += now.tv_nsec != last.tv_nsec) {
		last = now;
		clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	}
}

int main(void)
{
	struct timespec now = { 0, 0 };
	struct timeval day;
	unsigned cpu = 99;

	is(clock_gettime(CLOCK_MONOTONIC, &now), 0, "clock_gettime");
	is(clock_gettime(CLOCK_MONOTONIC_COARSE, &now), 0, "coarse");
	is(clock_gettime(CLOCK_TAI, &now), 0, "TAI");
	is(clock_getres(CLOCK_MONOTONIC, &now), 0, "clock_getres");
	is(gettimeofday(&day, NULL), 0, "gettimeofday");
	ok(time(NULL) > 0, "time");
	is(getcpu(&cpu, NULL), 0, "getcpu");
	if (on_colonel()) {
		ok(number_of_the_beast() != -ENOSYS, "number_of_the_beast");
		ok(capabilities() != 0, "capabilities");
	}
	be_interrupted();
	return tap_done();
}
