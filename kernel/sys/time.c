/*
 * System calls that read clocks and that sleep. The clocks themselves are in
 * kernel/time/; programs mostly read them by the vDSO.
 */
#include "kernel/sys/time.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/saturate.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/signal.h"
#include "kernel/sys/table.h"
#include "kernel/time/timer.h"
#include "kernel/time/tick.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/vvar.h"
#include "vdso/instant.h"

/* ---- Arithmetic --------------------------------------------------------------- */

bool timespec_is_valid(const struct timespec *time)
{
	return time->tv_sec >= 0 && (uint64_t)time->tv_nsec < NSEC_PER_SEC;
}

uint64_t timespec_ns(const struct timespec *time)
{
	return add_saturated(mul_saturated((uint64_t)time->tv_sec,
					   NSEC_PER_SEC),
			     (uint64_t)time->tv_nsec);
}

struct timespec ns_timespec(uint64_t ns)
{
	return (struct timespec){
		.tv_sec = (int64_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (int64_t)(ns % NSEC_PER_SEC),
	};
}

/* ---- Arguments ---------------------------------------------------------------- */

int get_timespec(struct timespec *time, uaddr_t from)
{
	if (copy_from_user(time, from, sizeof(*time)) < 0)
		return -EFAULT;
	return timespec_is_valid(time) ? 0 : -EINVAL;
}

int get_deadline(uint64_t *deadline, uaddr_t from)
{
	struct timespec time;
	int error = from ? get_timespec(&time, from) : 0;

	*deadline = from ? ktime_deadline(timespec_ns(&time)) : UINT64_MAX;
	return error;
}

uint64_t deadline_ms(int from_now)
{
	return from_now < 0 ? UINT64_MAX
			    : ktime_deadline((uint64_t)from_now * 1000000);
}

/* Does the clock count the CPU time of a process or thread? */
static bool is_cpu_clock(int clock)
{
	return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID ||
	       clock == CLOCK_THREAD_CPUTIME_ID;
}

bool clock_exists(int clock)
{
	struct timespec time;

	return is_cpu_clock(clock) || !ktime_getres(clock, &time);
}

int clock_check_timers(int clock)
{
	if (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
	    clock == CLOCK_BOOTTIME || clock == CLOCK_TAI)
		return 0;
	return clock_exists(clock) ? -EOPNOTSUPP : -EINVAL;
}

/* ---- Reading ------------------------------------------------------------------ */

/* Reads any clock. Returns 0 or -EINVAL. */
static int clock_read(int clock, struct timespec *time)
{
	uint64_t ns = 0;
	int error = -EINVAL;

	if (!is_cpu_clock(clock))
		return ktime_get(clock, time);
	HOOK_CALL(cpu_clock_read, clock, &ns, &error);
	*time = ns_timespec(ns);
	return error;
}

/* The vDSO's slow path: it calls this for clocks that it cannot read. */
static long sys_clock_gettime(int clock, uaddr_t to)
{
	struct timespec time = { 0, 0 };
	int error = clock_read(clock, &time);

	return error ? error : copy_to_user(to, &time, sizeof(time));
}
SYSCALL(clock_gettime);

/* Tells the smallest step of a clock. */
static long sys_clock_getres(int clock, uaddr_t to)
{
	struct timespec resolution;
	int error = is_cpu_clock(clock) ? clock_read(clock, &resolution)
					: ktime_getres(clock, &resolution);

	if (is_cpu_clock(clock))
		resolution = (struct timespec){ 0, 1 };
	if (error || !to)
		return error;
	return copy_to_user(to, &resolution, sizeof(resolution));
}
SYSCALL(clock_getres);

/* The time in microseconds, and the time zone that a program once set. */
static long sys_gettimeofday(uaddr_t to, uaddr_t zone_to)
{
	struct timezone zone = { vvar_k.minuteswest, vvar_k.dsttime };
	struct timespec time;
	struct timeval value;

	ktime_get(CLOCK_REALTIME, &time);
	value = (struct timeval){ time.tv_sec, time.tv_nsec / 1000 };
	if (to && copy_to_user(to, &value, sizeof(value)) < 0)
		return -EFAULT;
	if (zone_to && copy_to_user(zone_to, &zone, sizeof(zone)) < 0)
		return -EFAULT;
	return 0;
}
SYSCALL(gettimeofday);

static long sys_time(uaddr_t to)
{
	struct timespec time;

	/* as the vDSO's time(): the second of the last tick */
	ktime_get(CLOCK_REALTIME_COARSE, &time);
	if (to && put_user64(to, (uint64_t)time.tv_sec) < 0)
		return -EFAULT;
	return time.tv_sec;
}
SYSCALL(time);

/* ---- Sleeping ----------------------------------------------------------------- */

/* Sleeps for a duration. If a signal ends it, writes what is left of it. */
static long sleep_relative(const struct timespec *time, uaddr_t left_to)
{
	uint64_t deadline = ktime_deadline(timespec_ns(time)), now;
	struct timespec left;

	if (!through_signals(sleep_until(CLOCK_MONOTONIC, deadline)))
		return 0;
	now = ktime_monotonic_ns();
	left = ns_timespec(deadline > now ? deadline - now : 0);
	if (left_to && copy_to_user(left_to, &left, sizeof(left)) < 0)
		return -EFAULT;
	return -EINTR;
}

/* Sleeps by CLOCK_MONOTONIC. */
static long sys_nanosleep(uaddr_t from, uaddr_t left)
{
	struct timespec time;
	int error = get_timespec(&time, from);

	return error ? error : sleep_relative(&time, left);
}
SYSCALL(nanosleep);

/* Sleeps until a time of that clock, or for a duration. */
static long sys_clock_nanosleep(int clock, int flags, uaddr_t from,
				uaddr_t left)
{
	struct timespec time;
	int error;

	error = clock_check_timers(clock);
	if (!error)
		error = get_timespec(&time, from);
	if (error)
		return error;
	if (flags & TIMER_ABSTIME)
		return through_signals(sleep_until(clock, timespec_ns(&time)));
	return sleep_relative(&time, left);
}
SYSCALL(clock_nanosleep);
