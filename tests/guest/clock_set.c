/* needs: threads signals steering timers users */
/*
 * Setting and steering the clocks: clock_settime, settimeofday, adjtimex and
 * clock_adjtime, who may and what is refused, sleeps that follow, and years
 * far away.  Linux's own clock is not touched: there only what asks or is
 * refused is tried.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/futex.h"
#include "kernel/abi/time.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define SECOND 1000000000l

static long now(int clock)
{
	struct timespec time = { 0, 0 };

	syscall(SYS_clock_gettime, clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static long set(long sec, long nsec)
{
	struct timespec time = { sec, nsec };

	return syscall(SYS_clock_settime, CLOCK_REALTIME, &time);
}

static long adjust(struct timex *t)
{
	return syscall(SYS_adjtimex, t);
}

/* ---- What is refused ------------------------------------------------------- */

/* Where the test itself has no rights that is found first. */
static void refuses(long result, const char *name)
{
	ok(result == -EINVAL || (result == -EPERM && !on_colonel()), "%s",
	   name);
}

static void test_refused(void)
{
	struct timespec time = { 5, 5 };
	struct timex t = { .modes = 0x8000 };

	is(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &time), -EINVAL,
	   "nobody sets CLOCK_MONOTONIC");
	is(syscall(SYS_clock_settime, 77, &time), -EINVAL, "nor a clock 77");
	is(syscall(SYS_clock_settime, CLOCK_REALTIME, 8), -EFAULT,
	   "a bad pointer");
	is(set(-1, 0), -EINVAL, "a time before 1970");
	is(set(5, SECOND), -EINVAL, "a second of nanoseconds");
	is(set(5, -1), -EINVAL, "negative nanoseconds");
	is(set(0x7fffffffffffffff, 0), -EINVAL, "the end of 64 bits");
	is(adjust(&t), -EINVAL, "a single shot of nothing");
	is(syscall(SYS_adjtimex, 8), -EFAULT, "adjtimex at a bad pointer");
	t.modes = ADJ_TICK;
	t.tick = 12000;
	refuses(adjust(&t), "a tick that is too long");
	t.modes = ADJ_SETOFFSET;
	t.time.tv_usec = 1000000;
	refuses(adjust(&t), "an offset with a second of microseconds");
	t.time.tv_usec = -1;
	refuses(adjust(&t), "one with less than none");
	t.modes = ADJ_OFFSET_SS_READ | ADJ_SETOFFSET;
	refuses(adjust(&t), "one that is said only to ask");
	t.modes = 0;
	is(syscall(SYS_clock_adjtime, CLOCK_MONOTONIC, &t), -EOPNOTSUPP,
	   "nobody steers CLOCK_MONOTONIC alone");
	is(syscall(SYS_clock_adjtime, 77, &t), -EINVAL, "nor a clock 77");
}

static int without_rights(void *unused)
{
	struct timex t = { .modes = ADJ_FREQUENCY };
	struct timeval day = { 1000000000, 0 };

	(void)unused;
	/* Fails where there are no rights to begin with. */
	syscall(SYS_setresuid, 1000, 1000, 1000);
	if (set(1000000000, 0) != -EPERM)
		return 1;
	if (syscall(SYS_settimeofday, &day, NULL) != -EPERM)
		return 2;
	if (adjust(&t) != -EPERM)
		return 3;
	if (set(-1, 0) != -EINVAL)
		return 4;
	t.modes = ADJ_OFFSET_SINGLESHOT;
	if (adjust(&t) != -EPERM)
		return 5;
	t.modes = ADJ_OFFSET_SS_READ;
	if (adjust(&t) < 0)
		return 6;
	t = (struct timex){ .modes = ADJ_OFFSET_SS_READ | ADJ_SETOFFSET,
			    .time = { 1000000000, 0 } };
	if (adjust(&t) != -EPERM)
		return 7;
	t.modes = 0;
	return adjust(&t) < 0 ? 8 : 0;
}

static void test_asking(void)
{
	struct timex t = { .modes = 0 };
	long state = adjust(&t);

	ok(state >= TIME_OK && state <= TIME_ERROR, "adjtimex tells: %ld",
	   state);
	is(t.tolerance, 500 << 16, "how far it can be steered");
	ok(t.tick >= 9000 && t.tick <= 11000, "the tick");
	ok(t.freq >= -t.tolerance && t.freq <= t.tolerance, "the frequency");
	ok(t.time.tv_sec - now(CLOCK_REALTIME) / SECOND < 2, "the time");
	is(t.tai, (now(CLOCK_TAI) - now(CLOCK_REALTIME) + 1000000) / SECOND,
	   "and the distance of CLOCK_TAI");
}

/* ---- Setting ---------------------------------------------------------------- */

static void test_set(void)
{
	long mono = now(CLOCK_MONOTONIC), real = now(CLOCK_REALTIME);
	long tai = now(CLOCK_TAI) - real;
	struct timeval day = { 1111111111, 222222 };
	struct timezone zone = { 90, 1 }, seen = { 0, 0 };

	is(set(1000000000, 123456789), 0, "clock_settime");
	long set_to = 1000000000l * SECOND + 123456789;

	ok(now(CLOCK_REALTIME) - set_to < 5 * SECOND &&
		   now(CLOCK_REALTIME) >= set_to,
	   "real time is what it was set to");
	ok(now(CLOCK_REALTIME_COARSE) >= set_to, "the coarse one as well");
	ok(now(CLOCK_TAI) >= set_to + tai, "and CLOCK_TAI");
	ok(now(CLOCK_MONOTONIC) - mono < 5 * SECOND, "the others stay");
	is(syscall(SYS_settimeofday, &day, &zone), 0, "settimeofday");
	ok(now(CLOCK_REALTIME) / SECOND - 1111111111 < 5, "sets it too");
	syscall(SYS_gettimeofday, NULL, &seen);
	ok(seen.tz_minuteswest == 90 && seen.tz_dsttime == 1,
	   "the zone is kept");
	zone = (struct timezone){ 0, 0 };
	syscall(SYS_settimeofday, NULL, &zone);
	day.tv_usec = 1000000;
	is(syscall(SYS_settimeofday, &day, NULL), -EINVAL,
	   "a second of microseconds");
	is(set(0, 0), -EINVAL, "a time before the machine was started");
	set(real / SECOND, real % SECOND);
}

/* Files and sleeps know that year too. */
static void test_year(long year)
{
	struct timespec until = { 0, 0 };
	struct stat stat = { .st_size = 0 };
	long until_ns, fd = call_open("/tmp/year", O_CREAT | O_WRONLY, 0600);

	syscall(SYS_fstat, fd, &stat);
	ok((long)stat.st_mtime >= year && (long)stat.st_mtime <= year + 5,
	   "a file has been written then: %ld", (long)stat.st_mtime);
	call_close(fd);
	syscall(SYS_unlink, "/tmp/year");
	until_ns = now(CLOCK_REALTIME) + 20000000;
	until.tv_sec = until_ns / SECOND;
	until.tv_nsec = until_ns % SECOND;
	is(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &until,
		   NULL),
	   0, "a sleep over the edge");
	ok(now(CLOCK_REALTIME) >= until_ns &&
		   now(CLOCK_REALTIME) < until_ns + 20 * SECOND,
	   "ends in time");
}

static void test_years(void)
{
	static const long years[] = { 0x7fffffff,  0x80000000, 0xffffffff,
				      0x100000000, 7258118400, 253402300799 };
	long real = now(CLOCK_REALTIME);

	for (unsigned i = 0; i < sizeof(years) / sizeof(years[0]); i++) {
		struct timespec time = { 0, 0 };
		bool fits = years[i] < 8277292036;

		is(set(years[i], SECOND - 1000), fits ? 0 : -EINVAL,
		   "%ld s after 1970", years[i]);
		syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
		if (!fits)
			continue;
		ok(time.tv_sec >= years[i] && time.tv_sec <= years[i] + 5,
		   "and on from there");
		test_year(years[i]);
	}
	set(real / SECOND, real % SECOND);
}

/* ---- Who waits for a time ---------------------------------------------------- */

#define HOUR 3600l

static long sleeps(int clock, const struct timespec *until)
{
	return syscall(SYS_clock_nanosleep, clock, TIMER_ABSTIME, until, NULL);
}

static long sleeps_by_real(const struct timespec *until)
{
	return sleeps(CLOCK_REALTIME, until);
}

static long sleeps_by_tai(const struct timespec *until)
{
	return sleeps(CLOCK_TAI, until);
}

static long waits_for_word(const struct timespec *until)
{
	uint32_t word = 0;

	return syscall(SYS_futex, &word,
		       FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, until, NULL,
		       FUTEX_BITSET_MATCH_ANY);
}

static long waits_for_timer(const struct timespec *until)
{
	struct itimerspec spec = { .it_value = *until };
	sigset_t alarm = SIGNAL_BIT(SIGALRM);
	long signo;
	int id;

	call_rt_sigprocmask(SIG_BLOCK, &alarm, NULL);
	syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &id);
	syscall(SYS_timer_settime, id, TIMER_ABSTIME, &spec, NULL);
	signo = syscall(SYS_rt_sigtimedwait, &alarm, NULL, NULL, sizeof(alarm));
	syscall(SYS_timer_delete, id);
	return signo;
}

/* In an hour, for somebody who waits when the clock is set past that. */
static void test_wait_follows(long (*wait)(const struct timespec *until),
			      long result, const char *name)
{
	struct timespec hour = { now(CLOCK_REALTIME) / SECOND + HOUR, 0 };
	struct timespec moment = { 0, 50000000 };
	long start = now(CLOCK_MONOTONIC), real = now(CLOCK_REALTIME);
	long pid = call_fork();

	if (pid == 0) {
		call_nanosleep(&moment, NULL);
		exit(set(hour.tv_sec + 1, 0) != 0);
	}
	is(wait(&hour), result, "%s until a time", name);
	ok(now(CLOCK_MONOTONIC) - start < 20 * SECOND,
	   "ends when the clock is set past it");
	call_wait4(pid, NULL, 0, NULL);
	set(real / SECOND, real % SECOND);
}

/* How long a timer that was to expire in an hour has left, in s, after real
 * time was put on by `seconds`. */
static long left_after(int clock, int flags, long seconds)
{
	struct itimerspec spec = { .it_value = { HOUR, 0 } };
	long real = now(CLOCK_REALTIME);
	int id;

	if (flags)
		spec.it_value.tv_sec += now(clock) / SECOND;
	syscall(SYS_timer_create, clock, NULL, &id);
	syscall(SYS_timer_settime, id, flags, &spec, NULL);
	set(real / SECOND + seconds, real % SECOND);
	syscall(SYS_timer_gettime, id, &spec);
	set(real / SECOND, real % SECOND);
	syscall(SYS_timer_delete, id);
	return spec.it_value.tv_sec;
}

static void test_timers_follow(void)
{
	long left = left_after(CLOCK_REALTIME, TIMER_ABSTIME, -HOUR);

	ok(left > 2 * HOUR - 60 && left <= 2 * HOUR,
	   "a timer waits longer when the clock is put back: %ld s", left);
	left = left_after(CLOCK_REALTIME, 0, HOUR / 2);
	ok(left > HOUR - 60 && left <= HOUR, "a duration stays what it was");
	left = left_after(CLOCK_MONOTONIC, TIMER_ABSTIME, HOUR / 2);
	ok(left > HOUR - 60 && left <= HOUR, "so does a monotonic time");
	left = left_after(CLOCK_BOOTTIME, TIMER_ABSTIME, HOUR / 2);
	ok(left > HOUR - 60 && left <= HOUR, "and one since boot");
	left = left_after(CLOCK_TAI, TIMER_ABSTIME, HOUR / 2);
	ok(left > HOUR / 2 - 60 && left <= HOUR / 2, "CLOCK_TAI moves along");
}

/* ---- Steering --------------------------------------------------------------- */

/* Both at one moment, as nearly as the quickest of several looks has it. */
static void look(long *mono, long *raw)
{
	long least = 0;

	for (int i = 0; i < 50; i++) {
		long before = now(CLOCK_MONOTONIC);
		long here = now(CLOCK_MONOTONIC_RAW);
		long width = now(CLOCK_MONOTONIC) - before;

		if (i && width >= least)
			continue;
		least = width;
		*mono = before + width / 2;
		*raw = here;
	}
}

/* How much faster than the counter the clock runs, in ppm. */
static long measured_ppm(void)
{
	struct timespec moment = { 0, 200000000 };
	long raw, mono, raw_end, mono_end;

	look(&mono, &raw);
	call_nanosleep(&moment, NULL);
	look(&mono_end, &raw_end);
	return ((mono_end - mono) - (raw_end - raw)) * 1000000 /
	       (raw_end - raw);
}

static void test_frequency(void)
{
	static const long ppm[] = { 500, -500, 0 };

	for (unsigned i = 0; i < 3; i++) {
		struct timex t = { .modes = ADJ_FREQUENCY,
				   .freq = ppm[i] * 65536 };

		ok(adjust(&t) >= 0, "a frequency of %ld ppm", ppm[i]);
		long seen = measured_ppm();

		ok(seen > ppm[i] - 100 && seen < ppm[i] + 100,
		   "makes a clock that runs %ld ppm faster", seen);
	}
}

static void test_set_offset(void)
{
	struct timex t = { .modes = ADJ_SETOFFSET, .time = { -100, 500000 } };
	long real = now(CLOCK_REALTIME), moved;

	ok(adjust(&t) >= 0, "real time is put back by 99.5 s");
	moved = now(CLOCK_REALTIME) - real;
	ok(moved >= -99500000000 && moved < -99 * SECOND, "and is (%ld)",
	   moved);
	moved = now(CLOCK_TAI) - now(CLOCK_REALTIME);
	ok(moved <= 0 && moved > -SECOND, "CLOCK_TAI moves along");
	set(real / SECOND, real % SECOND);
}

int main(void)
{
	test_refused();
	test_asking();
	child_exits(without_rights, NULL, 0, "who has no rights only asks");
	if (!on_colonel()) {
		skip("the clock is everybody's", "setting and steering");
		return tap_done();
	}
	test_set();
	test_years();
	test_wait_follows(sleeps_by_real, 0, "a sleep");
	test_wait_follows(sleeps_by_tai, 0, "a sleep by CLOCK_TAI");
	test_wait_follows(waits_for_word, -ETIMEDOUT, "a futex");
	test_wait_follows(waits_for_timer, SIGALRM, "a timer");
	test_timers_follow();
	test_frequency();
	test_set_offset();
	return tap_done();
}
