/*
 * The one time line of this machine, and its lock.
 */
#include "kernel/time/timekeeper.h"

#include <stddef.h>

#include "kernel/abi/errno.h"
#include "kernel/lib/saturate.h"
#include "kernel/lib/types.h"
#include "kernel/time/tick.h"
#include "kernel/time/vvar.h"

struct timekeeper timekeeper = { .lock = SPINLOCK_INIT(RANK_TIME) };

/* Linux's clocks. A coarse clock shows the time of the last tick. */
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

/* Reads one clock of the time line, or with `coarse` what it showed at the last
 * tick. */
static struct instant read_clock(enum timeline_clock line, bool coarse)
{
	uint64_t flags = spin_lock_irqsave(&timekeeper.lock);
	struct timeline *tl = &timekeeper.timeline;
	struct instant t = tl->clocks[line];

	if (tl->source && !coarse)
		t = timeline_read(tl, line, tl->source->read());
	spin_unlock_irqrestore(&timekeeper.lock, flags);
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

void timekeeper_start(const struct clocksource *source, uint64_t mult,
		      uint64_t cycles, int64_t real_sec)
{
	struct timeline *tl = &timekeeper.timeline;
	uint64_t flags = spin_lock_irqsave(&timekeeper.lock);

	timeline_start(tl, source, mult, cycles);
	vvar_open();
	timeline_rebase(tl, source->read());
	tl->clocks[TIMELINE_REAL] = (struct instant){ real_sec, 0 };
	tl->clocks[TIMELINE_TAI] = tl->clocks[TIMELINE_REAL];
	update_vsyscall(tl);
	spin_unlock_irqrestore(&timekeeper.lock, flags);
}

void timekeeper_update(void)
{
	struct timeline *tl = &timekeeper.timeline;
	uint64_t flags = spin_lock_irqsave(&timekeeper.lock);

	vvar_open();                             /* readers wait */
	timeline_rebase(tl, tl->source->read()); /* the base is now */
	update_vsyscall(tl);                     /* readers go on */
	spin_unlock_irqrestore(&timekeeper.lock, flags);
}
