/*
 * Timers that send signals: their times in the three forms that programs use.
 */

#include "kernel/abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/optional/timers/timers.h"
#include "kernel/optional/usage/cpu_clock.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"
#include "kernel/sys/time.h"
#include "vdso/instant.h"

/* ---- alarm, setitimer --------------------------------------------------------- */

static struct timeval to_timeval(uint64_t ns)
{
	ns += 999; /* what is left is never shown as nothing */
	return (struct timeval){ (int64_t)(ns / NSEC_PER_SEC),
				 (int64_t)(ns % NSEC_PER_SEC / 1000) };
}

static int from_timeval(const struct timeval *time, uint64_t *ns)
{
	if ((uint64_t)time->tv_usec >= 1000000 || time->tv_sec < 0)
		return -EINVAL;
	*ns = timespec_ns(
		&(struct timespec){ time->tv_sec, time->tv_usec * 1000 });
	return 0;
}

static int put_itimer(uaddr_t to, const struct timer_value *value)
{
	struct itimerval itimer = { to_timeval(value->interval),
				    to_timeval(value->left) };

	return to ? copy_to_user(to, &itimer, sizeof(itimer)) : 0;
}

static long sys_getitimer(int which, uaddr_t to)
{
	struct timer_value value;
	int error;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	error = timers_get(ITIMER_ID(which), &value);
	if (error)
		return error;
	return to ? put_itimer(to, &value) : -EFAULT;
}
SYSCALL(getitimer);

static long sys_setitimer(int which, uaddr_t from, uaddr_t to)
{
	struct itimerval itimer = { 0 };
	uint64_t left, interval;
	struct timer_value old;
	int error;

	if (from && copy_from_user(&itimer, from, sizeof(itimer)) < 0)
		return -EFAULT;
	if (which < ITIMER_REAL || which > ITIMER_PROF ||
	    from_timeval(&itimer.it_value, &left) ||
	    from_timeval(&itimer.it_interval, &interval))
		return -EINVAL;
	error = timers_set(ITIMER_ID(which), false, left, interval, &old);
	return error ? error : put_itimer(to, &old);
}
SYSCALL(setitimer);

/* Tells what was left in whole seconds, at least one. */
static long sys_alarm(unsigned seconds)
{
	struct timer_value old;
	int error = timers_set(ITIMER_ID(ITIMER_REAL), false,
			       seconds * NSEC_PER_SEC, 0, &old);
	long left = (long)((old.left + NSEC_PER_SEC / 2) / NSEC_PER_SEC);

	if (error)
		return error;
	return old.left && !left ? 1 : left;
}
SYSCALL(alarm);

/* ---- timer_create ------------------------------------------------------------- */

/* May timers have this clock? A CPU clock must be the process's own: it gets
 * the number that holds for all threads. Returns 0, -EOPNOTSUPP, -EINVAL. */
static int find_clock(int *clock)
{
	uint64_t ns;
	int number;

	if (*clock == CLOCK_PROCESS_CPUTIME_ID)
		*clock = CPU_CLOCK_ALL;
	if (*clock == CLOCK_THREAD_CPUTIME_ID)
		*clock = CPU_CLOCK_OF_THREAD(current_task()->id);
	if (*clock >= 0)
		return clock_check_timers(*clock);
	number = CPU_CLOCK_NUMBER(*clock);
	if (!(*clock & CPU_CLOCK_THREAD) && number &&
	    number != current_process()->pid->number)
		return -EINVAL;
	return cpu_clock_read(current_process(), *clock, &ns);
}

static long sys_timer_create(int clock, uaddr_t from, uaddr_t to)
{
	struct sigevent event = { .sigev_signo = SIGALRM };
	int id, error = find_clock(&clock);

	if (error)
		return error;
	if (from && copy_from_user(&event, from, sizeof(event)) < 0)
		return -EFAULT;
	id = timers_make(clock, &event);
	if (id >= 0 && put_user32(to, (uint32_t)id) < 0) {
		timers_delete(id);
		return -EFAULT;
	}
	return MIN(id, 0);
}
SYSCALL(timer_create);

static int put_timer(uaddr_t to, const struct timer_value *value)
{
	struct itimerspec spec = { ns_timespec(value->interval),
				   ns_timespec(value->left) };

	return to ? copy_to_user(to, &spec, sizeof(spec)) : 0;
}

static long sys_timer_settime(int id, int flags, uaddr_t from, uaddr_t to)
{
	bool absolute = flags & TIMER_ABSTIME;
	struct timer_value old;
	struct itimerspec spec;
	int error;

	if (!from || id < 0)
		return -EINVAL;
	if (copy_from_user(&spec, from, sizeof(spec)) < 0)
		return -EFAULT;
	if (!timespec_is_valid(&spec.it_value) ||
	    !timespec_is_valid(&spec.it_interval))
		return -EINVAL;
	error = timers_set(id, absolute, timespec_ns(&spec.it_value),
			   timespec_ns(&spec.it_interval), &old);
	return error ? error : put_timer(to, &old);
}
SYSCALL(timer_settime);

static long sys_timer_gettime(int id, uaddr_t to)
{
	struct timer_value value;
	int error = id < 0 ? -EINVAL : timers_get(id, &value);

	if (error)
		return error;
	return to ? put_timer(to, &value) : -EFAULT;
}
SYSCALL(timer_gettime);

static long sys_timer_getoverrun(int id)
{
	return timers_overrun(id);
}
SYSCALL(timer_getoverrun);

static long sys_timer_delete(int id)
{
	return timers_delete(id);
}
SYSCALL(timer_delete);
