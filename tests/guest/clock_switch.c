/*
 * The clock's counter is changed again and again while time is told, by the
 * vDSO and by system calls: it never goes back, nor away from the others.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/time.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"
#include "user/lib/vsyscall.h"

#define SECOND 1000000000l

static const char *const sources[] = { "hpet", "tsc",  "acpi_pm", "tsc",
				       "pit",  "hpet", "acpi_pm" };

static long ns(struct timespec t)
{
	return t.tv_sec * SECOND + t.tv_nsec;
}

static long by_call(int clock)
{
	struct timespec t = { 0, 0 };

	clock_gettime(clock, &t);
	return ns(t);
}

static long by_trap(int clock)
{
	struct timespec t = { 0, 0 };

	syscall(SYS_clock_gettime, clock, &t);
	return ns(t);
}

static long choose(const char *name)
{
	int fd = sys_open("/proc/timekeeping", O_WRONLY, 0);
	long result = sys_write(fd, name, strlen(name));

	sys_close(fd);
	return result;
}

static bool is_clock(const char *name)
{
	char text[64] = "";
	int fd = sys_open("/proc/timekeeping", O_RDONLY, 0);
	size_t length = strlen(name);

	sys_read(fd, text, sizeof(text) - 1);
	sys_close(fd);
	return !memcmp(text, "clocksource:\t", 13) &&
	       !memcmp(text + 13, name, length) && text[13 + length] == '\n';
}

/* For 20 ms: how often a clock went back. */
static int watch(int clock)
{
	static long last[2];
	long *end = &last[clock == CLOCK_REALTIME], until, t;
	int back = 0;

	until = by_trap(clock) + SECOND / 50;
	do {
		t = by_call(clock);
		back += t < *end;
		*end = t;
		t = by_trap(clock);
		back += t < *end;
		*end = t;
	} while (t < until);
	return back;
}

static void test_switches(void)
{
	long mono = by_trap(CLOCK_MONOTONIC), real = by_trap(CLOCK_REALTIME);
	int back = 0, used = 0;

	for (int round = 0; round < 6; round++)
		for (unsigned i = 0; i < sizeof(sources) / sizeof(*sources);
		     i++) {
			if (choose(sources[i]) < 0)
				continue;
			back += watch(CLOCK_MONOTONIC);
			used += is_clock(sources[i]);
			back += watch(CLOCK_REALTIME);
		}
	ok(used > 12, "the clock has been changed %d times", used);
	is(back, 0, "and never went back");
	mono = by_trap(CLOCK_MONOTONIC) - mono;
	real = by_trap(CLOCK_REALTIME) - real;
	ok(real - mono >= -1000000 && real - mono < 2 * SECOND,
	   "real time went with the monotonic clock");
}

int main(void)
{
	if (!on_colonel()) {
		skip("only Colonel has it", "/proc/timekeeping");
		return tap_done();
	}
	is(choose("sundial"), -EINVAL, "a source that there is not");
	is(choose("a name that is much too long\n"), -EINVAL, "a long name");
	test_switches();
	ok(choose("tsc\n") > 0, "the TSC again");
	return tap_done();
}
