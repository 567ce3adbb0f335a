/*
 * The part "steering": setting CLOCK_REALTIME and the speed of the clocks, by
 * clock_settime, settimeofday, adjtimex and clock_adjtime. Without it these
 * calls answer -ENOSYS: the date is the one of the machine's own clock, and
 * date -s, hwclock -s and time daemons do not work. It needs no other part.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/optional/steering/slew.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"
#include "kernel/sys/time.h"
#include "kernel/time/timekeeper.h"
#include "kernel/time/vvar.h"

#define LATEST_SEC (INT64_MAX / (int64_t)NSEC_PER_SEC - 30ll * 365 * 86400)

static struct slew slew = SLEW_NONE; /* under the time keeper's lock */

static bool may_steer(void)
{
	return !current_process()->credentials.euid;
}

/*
 * Sets CLOCK_REALTIME at the base, and CLOCK_TAI, which stays whole seconds
 * ahead. Linux's limits: CLOCK_MONOTONIC was 0 in 1970 at the earliest, and 30
 * years of running still fit into 64 bits of nanoseconds. Lock held.
 */
static int set_real(struct timeline *tl, int64_t sec, uint64_t nsec)
{
	const struct instant *mono = &tl->clocks[TIMELINE_MONO];
	struct instant *real = &tl->clocks[TIMELINE_REAL];
	struct instant *tai = &tl->clocks[TIMELINE_TAI];

	if (sec < (int64_t)mono->sec || sec >= LATEST_SEC ||
	    (sec == (int64_t)mono->sec && nsec < mono->nsec))
		return -EINVAL;
	tai->sec += (uint64_t)sec - real->sec;
	tai->nsec = nsec;
	*real = (struct instant){ (uint64_t)sec, nsec };
	slew_clear(&slew);
	return 0;
}

static long steer_to(const struct timespec *time)
{
	struct timeline *tl = &timekeeper.timeline;
	uint64_t flags;
	int error;

	if (!timespec_is_valid(time))
		return -EINVAL;
	if (!may_steer())
		return -EPERM;
	flags = spin_lock_irqsave(&timekeeper.lock);
	vvar_open();
	timeline_rebase(tl, tl->source->read());
	error = set_real(tl, time->tv_sec,
			 (uint64_t)time->tv_nsec << NSEC_SHIFT);
	update_vsyscall(tl);
	spin_unlock_irqrestore(&timekeeper.lock, flags);
	return error;
}

static long sys_clock_settime(int clock, uaddr_t from)
{
	struct timespec time;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (copy_from_user(&time, from, sizeof(time)) < 0)
		return -EFAULT;
	return steer_to(&time);
}
SYSCALL(clock_settime);

static void set_zone(const struct timezone *zone)
{
	uint64_t flags = spin_lock_irqsave(&timekeeper.lock);

	vvar_k.minuteswest = zone->tz_minuteswest;
	vvar_k.dsttime = zone->tz_dsttime;
	spin_unlock_irqrestore(&timekeeper.lock, flags);
}

static long sys_settimeofday(uaddr_t from, uaddr_t zone_from)
{
	struct timezone zone;
	struct timeval value;
	long error = 0;

	if ((from && copy_from_user(&value, from, sizeof(value)) < 0) ||
	    (zone_from && copy_from_user(&zone, zone_from, sizeof(zone)) < 0))
		return -EFAULT;
	if (from && (uint64_t)value.tv_usec >= 1000000)
		return -EINVAL;
	if (!may_steer())
		return -EPERM;
	if (zone_from &&
	    (zone.tz_minuteswest > 15 * 60 || zone.tz_minuteswest < -15 * 60))
		return -EINVAL;
	if (from)
		error = steer_to(&(struct timespec){ value.tv_sec,
						     value.tv_usec * 1000 });
	if (!error && zone_from)
		set_zone(&zone);
	return error;
}
SYSCALL(settimeofday);

/* Adds whole seconds, and a part of one in units of 2^-32 ns, to the base. */
static int add_to_real(struct timeline *tl, int64_t sec, uint64_t nsec)
{
	const struct instant *real = &tl->clocks[TIMELINE_REAL];

	nsec += real->nsec;
	if (__builtin_add_overflow(sec, (int64_t)real->sec, &sec) ||
	    sec == INT64_MAX)
		return -EINVAL;
	return set_real(tl, sec + (int64_t)(nsec / INSTANT_SECOND),
			nsec % INSTANT_SECOND);
}

/* Tells the base's time. */
static void tell_time(struct timex *t, const struct timeline *tl)
{
	struct instant real = tl->clocks[TIMELINE_REAL];
	uint64_t nsec = real.nsec >> NSEC_SHIFT;

	t->time.tv_sec = (int64_t)real.sec;
	t->time.tv_usec = (int64_t)(slew.status & STA_NANO ? nsec
							   : nsec / 1000);
	t->tai = (int32_t)(tl->clocks[TIMELINE_TAI].sec - real.sec);
}

/* Lock held. */
static int adjust(struct timeline *tl, struct timex *t)
{
	int result = 0;
	uint64_t nsec = (uint64_t)t->time.tv_usec *
			(t->modes & ADJ_NANO ? 1 : 1000);

	vvar_open();
	timeline_rebase(tl, tl->source->read());
	if (t->modes != ADJ_OFFSET_SS_READ && t->modes & ADJ_SETOFFSET)
		result = add_to_real(tl, t->time.tv_sec, nsec << NSEC_SHIFT);
	if (!result) {
		result = slew_adjust(&slew, t,
				     (int64_t)tl->clocks[TIMELINE_MONO].sec);
		tl->mult = slew_mult(&slew, tl->raw_mult);
		tell_time(t, tl);
	}
	update_vsyscall(tl);
	return result;
}

static long sys_adjtimex(uaddr_t at)
{
	uint64_t flags;
	struct timex t;
	int result;

	if (copy_from_user(&t, at, sizeof(t)) < 0)
		return -EFAULT;
	/* asking is free: these two forms change nothing */
	if (t.modes && t.modes != ADJ_OFFSET_SS_READ && !may_steer())
		return -EPERM;
	result = slew_check(&t);
	if (result)
		return result;
	flags = spin_lock_irqsave(&timekeeper.lock);
	result = adjust(&timekeeper.timeline, &t);
	spin_unlock_irqrestore(&timekeeper.lock, flags);
	if (result >= 0 && copy_to_user(at, &t, sizeof(t)) < 0)
		return -EFAULT;
	return result;
}
SYSCALL(adjtimex);

static long sys_clock_adjtime(int clock, uaddr_t at)
{
	if (clock == CLOCK_REALTIME)
		return sys_adjtimex(at);
	return clock_exists(clock) ? -EOPNOTSUPP : -EINVAL;
}
SYSCALL(clock_adjtime);
