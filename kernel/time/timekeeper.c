/*
 * The one timeline of this machine, and its lock.
 */
#include "kernel/time/timekeeper.h"

#include <stddef.h>

#include "kernel/abi/errno.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/saturate.h"
#include "kernel/lib/types.h"
#include "kernel/time/ntp.h"
#include "kernel/time/tick.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"

static struct spinlock lock = SPINLOCK_INIT(RANK_TIME);
static struct timeline timeline; /* under `lock`, as is the data page */
static struct ntp ntp;           /* under `lock`, as is all that follows */
static uint64_t counter_mult;    /* rate of the counter, unsteered */
static uint64_t updated_ns;      /* RAW at the last tick's update */
static uint64_t second;          /* REAL's, then */
static struct timekeeper_status status;

#define LATEST_SEC     (INT64_MAX / (int64_t)NSEC_PER_SEC - 30ll * 365 * 86400)
#define MAX_TAI_OFFSET 100000

/* Linux's clocks: which of ours, and whether as of the last tick. */
static const struct clock {
	bool known, coarse;
	enum timeline_clock line;
} clocks[] = {
	[CLOCK_REALTIME] = { true, false, TIMELINE_REAL },
	[CLOCK_MONOTONIC] = { true, false, TIMELINE_MONO },
	[CLOCK_MONOTONIC_RAW] = { true, false, TIMELINE_RAW },
	[CLOCK_REALTIME_COARSE] = { true, true, TIMELINE_REAL },
	[CLOCK_MONOTONIC_COARSE] = { true, true, TIMELINE_MONO },
	[CLOCK_BOOTTIME] = { true, false, TIMELINE_BOOT },
	[CLOCK_REALTIME_ALARM] = { true, false, TIMELINE_REAL },
	[CLOCK_BOOTTIME_ALARM] = { true, false, TIMELINE_BOOT },
	[CLOCK_TAI] = { true, false, TIMELINE_TAI },
};

static const struct clock *find_clock(int id)
{
	if (id < 0 || id >= (int)ARRAY_SIZE(clocks) || !clocks[id].known)
		return NULL;
	return &clocks[id];
}

static struct instant read_clock(enum timeline_clock line, bool coarse)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	struct instant t = timeline.clocks[line];

	if (timeline.source && !coarse)
		t = timeline_read(&timeline, line, timeline.source->read());
	spin_unlock_irqrestore(&lock, flags);
	return t;
}

int ktime_get(int id, struct timespec *time)
{
	const struct clock *clock = find_clock(id);

	if (!clock)
		return -EINVAL;

	struct instant t = read_clock(clock->line, clock->coarse);
	time->tv_sec = t.sec;
	time->tv_nsec = t.nsec >> NSEC_SHIFT;
	return 0;
}

int ktime_getres(int id, struct timespec *resolution)
{
	const struct clock *clock = find_clock(id);

	if (!clock)
		return -EINVAL;
	resolution->tv_sec = 0;
	resolution->tv_nsec = clock->coarse ? NSEC_PER_SEC / TICK_HZ : 1;
	return 0;
}

uint64_t ktime_ns(int clock)
{
	struct instant t = read_clock(clocks[clock].line, false);

	return t.sec * NSEC_PER_SEC + (t.nsec >> NSEC_SHIFT);
}

uint64_t ktime_monotonic_ns(void)
{
	return ktime_ns(CLOCK_MONOTONIC);
}

uint64_t ktime_deadline(uint64_t ns)
{
	return add_saturated(ktime_monotonic_ns(), ns);
}

/* Linux's limits: CLOCK_MONOTONIC was 0 in 1970 at the earliest, and 30 years
 * of running still fit into 64 bits of nanoseconds. */
static bool may_be_set_to(int64_t sec, uint64_t nsec)
{
	struct instant mono = timeline.clocks[TIMELINE_MONO];

	if (sec < 0 || nsec >= INSTANT_SECOND || sec >= LATEST_SEC)
		return false;
	return (uint64_t)sec > mono.sec ||
	       ((uint64_t)sec == mono.sec && nsec >= mono.nsec);
}

/* What it shows at the base. With the lock. */
static int set_real(int64_t sec, uint64_t nsec)
{
	bool may = may_be_set_to(sec, nsec);

	if (may) {
		timeline_set_real(&timeline,
				  (struct instant){ (uint64_t)sec, nsec });
		ntp_clear(&ntp);
		status.times_set++;
	}
	update_vsyscall(&timeline);
	return may ? 0 : -EINVAL;
}

int ktime_set_real(const struct timespec *time)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	int error;

	timeline_rebase(&timeline, timeline.source->read());
	error = set_real(time->tv_sec, (uint64_t)time->tv_nsec << NSEC_SHIFT);
	spin_unlock_irqrestore(&lock, flags);
	return error;
}

/* Sets the rates that ntp wants, and the counter's own for RAW. */
static void apply_rates(void)
{
	uint64_t mult = ntp_mult(&ntp, counter_mult);

	if (mult == timeline.mult && counter_mult == timeline.raw_mult)
		return;
	timeline_set_rates(&timeline, mult, counter_mult);
	update_vsyscall(&timeline);
}

/* By `sec` and `nsec`, part of one; exactly, whenever that is. */
static int add_to_real(int64_t sec, uint64_t nsec)
{
	struct instant *real = &timeline.clocks[TIMELINE_REAL];

	timeline_rebase(&timeline, timeline.source->read());
	nsec = (nsec << NSEC_SHIFT) + real->nsec;
	if (__builtin_add_overflow(sec, (int64_t)real->sec, &sec) ||
	    sec == INT64_MAX)
		return -EINVAL;
	return set_real(sec + (int64_t)(nsec / INSTANT_SECOND),
			nsec % INSTANT_SECOND);
}

static void tell(struct timex *t)
{
	struct instant real = timeline_read(&timeline, TIMELINE_REAL,
					    timeline.source->read());
	uint64_t nsec = real.nsec >> NSEC_SHIFT;

	t->time.tv_sec = (int64_t)real.sec;
	t->time.tv_usec = (int64_t)(ntp.status & STA_NANO ? nsec : nsec / 1000);
	t->tai = (int32_t)(timeline.clocks[TIMELINE_TAI].sec -
			   timeline.clocks[TIMELINE_REAL].sec);
}

/* With the lock. */
static int adjust(struct timex *t)
{
	bool single = t->modes & (ADJ_OFFSET_SINGLESHOT & ~ADJ_OFFSET);
	int64_t tai = t->constant;
	int state;

	if (t->modes & ADJ_SETOFFSET &&
	    add_to_real(t->time.tv_sec,
			(uint64_t)t->time.tv_usec *
				(t->modes & ADJ_NANO ? 1 : 1000)))
		return -EINVAL;
	state = ntp_adjust(&ntp, t,
			   (int64_t)timeline.clocks[TIMELINE_MONO].sec);
	if (t->modes & ADJ_TAI && !single && tai >= 0 && tai <= MAX_TAI_OFFSET)
		timeline.clocks[TIMELINE_TAI].sec =
			timeline.clocks[TIMELINE_REAL].sec + (uint64_t)tai;
	update_vsyscall(&timeline);
	apply_rates();
	tell(t);
	return state;
}

int ktime_adjust(struct timex *t)
{
	int result = ntp_check(t);
	uint64_t flags;

	if (result)
		return result;
	flags = spin_lock_irqsave(&lock);
	result = adjust(t);
	spin_unlock_irqrestore(&lock, flags);
	return result;
}

struct timezone ktime_zone(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	struct timezone zone = { vvar_k.minuteswest, vvar_k.dsttime };

	spin_unlock_irqrestore(&lock, flags);
	return zone;
}

void ktime_set_zone(const struct timezone *zone)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	vvar_set_zone(zone);
	spin_unlock_irqrestore(&lock, flags);
}

void timekeeper_start(const struct clocksource *source, uint64_t mult,
		      uint64_t cycles, int64_t real_sec)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	ntp_init(&ntp);
	counter_mult = mult;
	timeline_start(&timeline, source, mult, cycles);
	timeline_rebase(&timeline, source->read());
	timeline_set_real(&timeline, (struct instant){ real_sec, 0 });
	timeline.clocks[TIMELINE_TAI] = timeline.clocks[TIMELINE_REAL];
	update_vsyscall(&timeline);
	spin_unlock_irqrestore(&lock, flags);
}

static uint64_t base_ns(void)
{
	struct instant t = timeline.clocks[TIMELINE_RAW];

	return t.sec * NSEC_PER_SEC + (t.nsec >> NSEC_SHIFT);
}

/* At the base. CLOCK_TAI knows of no leap seconds. */
static void count_second(void)
{
	struct instant *real = &timeline.clocks[TIMELINE_REAL];
	int step;

	if (real->sec == second)
		return;
	step = ntp_second(&ntp, (int64_t)real->sec);
	second = real->sec += (uint64_t)(int64_t)step;
	if (step)
		update_vsyscall(&timeline);
}

void timekeeper_update(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	uint64_t elapsed;

	update_vsyscall(&timeline);
	elapsed = base_ns() - updated_ns;
	updated_ns += elapsed;
	status.updates++;
	status.late += elapsed >= 2 * NSEC_PER_SEC / TICK_HZ;
	status.latest_ns = MAX(status.latest_ns, elapsed);
	ntp_run(&ntp, elapsed);
	count_second();
	apply_rates();
	spin_unlock_irqrestore(&lock, flags);
}

void timekeeper_correct_real(int64_t second)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	struct instant real = timeline_read(&timeline, TIMELINE_REAL,
					    timeline.source->read());
	uint64_t late = ((uint64_t)second - real.sec) * NSEC_PER_SEC -
			(real.nsec >> NSEC_SHIFT);

	if (!status.times_set && late <= NSEC_PER_SEC) {
		timeline_rebase(&timeline, timeline.source->read());
		timeline_set_real(&timeline,
				  (struct instant){ (uint64_t)second, 0 });
		status.corrected_ns = late;
		update_vsyscall(&timeline);
	}
	spin_unlock_irqrestore(&lock, flags);
}

struct timekeeper_status timekeeper_status(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	struct timekeeper_status copy = status;

	copy.source = timeline.source;
	spin_unlock_irqrestore(&lock, flags);
	return copy;
}

void timekeeper_set_rate(uint64_t mult)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	counter_mult = mult;
	apply_rates();
	spin_unlock_irqrestore(&lock, flags);
}

void timekeeper_set_source(const struct clocksource *source, uint64_t mult)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	counter_mult = mult;
	vvar_change_source(&timeline, source, mult);
	apply_rates();
	spin_unlock_irqrestore(&lock, flags);
}
