/*
 * Time by system calls: the clocks and how they relate, their errors, and
 * nanosleep, interrupted and not.
 */
#include "kernel/abi/errno.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define SECOND       1000000000l
#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static const int clocks[] = {
	CLOCK_REALTIME,
	CLOCK_MONOTONIC,
	CLOCK_MONOTONIC_RAW,
	CLOCK_REALTIME_COARSE,
	CLOCK_MONOTONIC_COARSE,
	CLOCK_BOOTTIME,
	CLOCK_TAI,
};

static long get(int clock, struct timespec *time)
{
	return syscall(SYS_clock_gettime, clock, time);
}

/* In nanoseconds. */
static long now(int clock)
{
	struct timespec time = { 0, 0 };

	get(clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static long resolution(int clock)
{
	struct timespec time = { 0, 0 };

	syscall(SYS_clock_getres, clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

/* ---- Clocks ---------------------------------------------------------------- */

static void test_each(void)
{
	struct timespec time;

	for (unsigned i = 0; i < COUNT(clocks); i++) {
		int clock = clocks[i], backward = 0;
		long last = 0;

		is(get(clock, &time), 0, "clock %d", clock);
		ok(time.tv_sec >= 0 && time.tv_nsec >= 0 &&
			   time.tv_nsec < SECOND,
		   "is normalised");
		ok(resolution(clock) > 0 && resolution(clock) <= SECOND / 10,
		   "its resolution is %ld ns", resolution(clock));
		for (int j = 0; j < 5000; j++) {
			long t = now(clock);

			backward += t < last;
			last = t;
		}
		is(backward, 0, "clock %d never goes back", clock);
	}
	is(resolution(CLOCK_REALTIME_COARSE),
	   resolution(CLOCK_MONOTONIC_COARSE),
	   "the coarse clocks have one resolution");
}

static void test_errors(void)
{
	static const int none[] = {
		10, 12, 15, 24, 63, 64, 65, 1000, 0x7fffffff
	};
	struct timespec time;

	for (unsigned i = 0; i < COUNT(none); i++) {
		is(get(none[i], &time), -EINVAL, "there is no clock %d",
		   none[i]);
		is(syscall(SYS_clock_getres, none[i], &time), -EINVAL,
		   "clock_getres agrees");
	}
	is(get(CLOCK_MONOTONIC, (void *)8), -EFAULT, "a bad pointer");
	is(get(10, (void *)8), -EINVAL, "a bad clock is found first");
}

static void test_relations(void)
{
	struct timeval day;
	long coarse, fine;

	fine = now(CLOCK_MONOTONIC);
	do
		coarse = now(CLOCK_MONOTONIC_COARSE);
	while (coarse < fine && now(CLOCK_MONOTONIC) < fine + 10 * SECOND);
	ok(coarse >= fine, "the coarse clock comes behind");
	fine = now(CLOCK_MONOTONIC);
	ok(coarse <= fine, "and never ahead");
	ok(now(CLOCK_BOOTTIME) >= now(CLOCK_MONOTONIC) - SECOND / 100,
	   "the time since boot is not less than the monotonic one");

	long tai = now(CLOCK_TAI) - now(CLOCK_REALTIME);

	ok(tai > -SECOND && tai < 60 * SECOND, "TAI is near real time");
	fine = now(CLOCK_REALTIME);
	is(syscall(SYS_gettimeofday, &day, NULL), 0, "gettimeofday");
	ok(day.tv_sec * SECOND + day.tv_usec * 1000 >= fine - 1000 &&
		   day.tv_sec - fine / SECOND < 5,
	   "is real time");
	ok(syscall(SYS_time, NULL) - fine / SECOND < 5, "and so is time");
	ok(fine / SECOND > 1600000000, "it is after 2020");
}

/* A busy loop must see the clock move without a system call's help. */
static void test_moves(void)
{
	long start = now(CLOCK_MONOTONIC), end;
	long wall = now(CLOCK_REALTIME);

	do
		end = now(CLOCK_MONOTONIC);
	while (end - start < SECOND / 20);
	wall = now(CLOCK_REALTIME) - wall;
	ok(wall > SECOND / 25 && wall < 5 * SECOND,
	   "real time moves as the monotonic clock does");
}

/* ---- nanosleep ------------------------------------------------------------- */

static long slept(long ns)
{
	struct timespec time = { ns / SECOND, ns % SECOND };
	long start = now(CLOCK_MONOTONIC);

	if (call_nanosleep(&time, NULL))
		return -1;
	return now(CLOCK_MONOTONIC) - start;
}

static void test_sleep(void)
{
	static const long lengths[] = {
		0, 1, 1000, 1000000, 10000000, 100000000
	};

	for (unsigned i = 0; i < COUNT(lengths); i++) {
		long ns = slept(lengths[i]);

		ok(ns >= lengths[i], "a sleep of %ld ns is not shorter",
		   lengths[i]);
		ok(ns < lengths[i] + 20 * SECOND, "nor much longer");
	}
}

/* Short sleeps do not wait for the tick, which moves the coarse clock: some are
 * over before it does, however busy the host is. */
static void test_sleep_exact(void)
{
	long quarter = resolution(CLOCK_MONOTONIC_COARSE) / 4;
	int between = 0, tries = 0;

	while (between < 5 && tries++ < 1000) {
		long coarse = now(CLOCK_MONOTONIC_COARSE);

		slept(quarter);
		between += now(CLOCK_MONOTONIC_COARSE) == coarse;
	}
	is(between, 5, "of %d short sleeps some end between two ticks", tries);
}

static void test_sleep_errors(void)
{
	static const struct timespec bad[] = {
		{ -1, 0 },
		{ 0, -1 },
		{ 0, SECOND },
		{ 0, 1l << 62 },
	};

	for (unsigned i = 0; i < COUNT(bad); i++)
		is(call_nanosleep(&bad[i], NULL), -EINVAL,
		   "a sleep of %ld s, %ld ns", bad[i].tv_sec, bad[i].tv_nsec);
}

static void on_signal(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
}

static void test_sleep_interrupted(void)
{
	const struct timespec hour = { 3600, 0 }, moment = { 0, 50000000 };
	struct timespec rest = { -1, -1 };
	long parent = call_getpid(), pid, start, ns;

	signal_set(SIGUSR1, on_signal, SA_RESTART);
	pid = call_fork();
	if (pid == 0) {
		do
			call_nanosleep(&moment, NULL);
		while (call_kill(parent, SIGUSR1) == 0);
		exit(0);
	}
	start = now(CLOCK_MONOTONIC);
	is(call_nanosleep(&hour, &rest), -EINTR, "a signal ends a sleep");
	ns = 3600 * SECOND - (rest.tv_sec * SECOND + rest.tv_nsec);
	ok(ns > 0 && ns <= now(CLOCK_MONOTONIC) - start,
	   "the rest is told: all but %ld ns", ns);
	call_kill(pid, SIGKILL);
	call_wait4(pid, NULL, 0, NULL);

	signal_plain(SIGUSR1, SIG_IGN);
	pid = call_fork();
	if (pid == 0) {
		call_kill(parent, SIGUSR1);
		exit(0);
	}
	ok(slept(SECOND / 10) >= SECOND / 10, "an ignored signal does not");
	call_wait4(pid, NULL, 0, NULL);
}

static bool wake_in_order(long apart)
{
	static const long lengths[] = { 1, 3, 0, 2 };
	char order[5] = "";
	int fds[2];

	call_pipe2(fds, 0);
	for (unsigned i = 0; i < COUNT(lengths); i++)
		if (call_fork() == 0) {
			char name = '0' + i;

			slept(lengths[i] * apart);
			call_write(fds[1], &name, 1);
			exit(0);
		}
	for (unsigned i = 0; i < COUNT(lengths); i++)
		call_read(fds[0], order + i, 1);
	while (call_wait4(-1, NULL, 0, NULL) > 0)
		;
	call_close(fds[0]);
	call_close(fds[1]);
	return !memcmp(order, "2031", 4);
}

/* Several sleepers wake in the order of their times, if the host does not take
 * the CPUs away for longer than these are apart. */
static void test_order(void)
{
	int in_order = 0, tries = 0;

	while (in_order < 3 && tries++ < 30)
		in_order += wake_in_order(tries * 10000000);
	is(in_order, 3, "sleepers wake in order, 3 of %d times", tries);
}

static void test_clock_nanosleep(void)
{
	struct timespec time;
	long start = now(CLOCK_MONOTONIC);

	time.tv_sec = (start + SECOND / 50) / SECOND;
	time.tv_nsec = (start + SECOND / 50) % SECOND;
	if (syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time,
		    NULL) == -ENOSYS) {
		skip("not there yet", "clock_nanosleep");
		return;
	}
	ok(now(CLOCK_MONOTONIC) >= start + SECOND / 50,
	   "clock_nanosleep until a time");
	is(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time,
		   NULL),
	   0, "which has passed");
	is(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &time, NULL),
	   -EOPNOTSUPP, "a clock to look at, not to sleep by");
	is(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &time,
		   NULL),
	   -EOPNOTSUPP, "nor by a thread's own time");
	is(syscall(SYS_clock_nanosleep, 10, 0, &time, NULL), -EINVAL,
	   "on a clock that is none");
}

int main(void)
{
	test_each();
	test_errors();
	test_relations();
	test_moves();
	test_sleep();
	test_sleep_exact();
	test_sleep_errors();
	test_sleep_interrupted();
	test_order();
	test_clock_nanosleep();
	return tap_done();
}
