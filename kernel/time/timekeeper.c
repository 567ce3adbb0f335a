/*
 * The one timeline of this machine, and its lock.
 */
#include "kernel/time/timekeeper.h"

#include <stddef.h>

#include "kernel/abi/errno.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/types.h"
#include "kernel/time/tick.h"
#include "kernel/time/timeline.h"
#include "kernel/time/vvar.h"

static struct spinlock lock = SPINLOCK_INIT(RANK_TIME);
static struct timeline timeline; /* under `lock`, as is the data page */

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

uint64_t ktime_monotonic_ns(void)
{
	struct instant t = read_clock(TIMELINE_MONO, false);

	return t.sec * NSEC_PER_SEC + (t.nsec >> NSEC_SHIFT);
}

int ktime_set_real(const struct timespec *time)
{
	if (time->tv_sec < 0 || (uint64_t)time->tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;

	uint64_t flags = spin_lock_irqsave(&lock);

	timeline_rebase(&timeline, timeline.source->read());
	timeline_set_real(&timeline,
			  (struct instant){ time->tv_sec,
					    time->tv_nsec << NSEC_SHIFT });
	update_vsyscall(&timeline);
	spin_unlock_irqrestore(&lock, flags);
	return 0;
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

	timeline_start(&timeline, source, mult, cycles);
	timeline_rebase(&timeline, source->read());
	timeline_set_real(&timeline, (struct instant){ real_sec, 0 });
	timeline.clocks[TIMELINE_TAI] = timeline.clocks[TIMELINE_REAL];
	update_vsyscall(&timeline);
	spin_unlock_irqrestore(&lock, flags);
}

void timekeeper_update(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	update_vsyscall(&timeline);
	spin_unlock_irqrestore(&lock, flags);
}

void timekeeper_set_rate(uint64_t mult)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	timeline_set_rate(&timeline, mult);
	update_vsyscall(&timeline);
	spin_unlock_irqrestore(&lock, flags);
}

void timekeeper_set_source(const struct clocksource *source, uint64_t mult)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	timeline_rebase(&timeline, timeline.source->read());
	timeline_set_source(&timeline, source, mult, source->read());
	update_vsyscall(&timeline);
	spin_unlock_irqrestore(&lock, flags);
}
