/* Comparing the CPUs' time-stamp counters: see warp.h. */
#include "kernel/optional/clocks/warp.h"

#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/optional/clocks/clocks.h"
#include "kernel/sched/sched.h"
#include "kernel/time/time_init.h"

/* So many hand-overs tell; and so long, if the host lets only one CPU run. */
#define HANDOVERS   200
#define PATIENCE_NS 10000000

struct warp warp_seen;
unsigned warp_cpus;

static struct spinlock lock = SPINLOCK_INIT(RANK_TIME);
static unsigned arrivals; /* at meetings of two, all together */

/* Waits for the other CPU: the second of the two completes an even number. */
static void meet(void)
{
	unsigned even = (atomic_fetch_add(&arrivals, 1) | 1) + 1;

	while (READ_ONCE(arrivals) < even)
		cpu_relax();
}

/* One look; false: it was the last. The lock hands the other's look on to us,
 * and our counter is read after that. */
static bool look(uint64_t deadline, unsigned enough)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	uint64_t now = clocksource_tsc.read();
	bool more;

	warp_look(&warp_seen, THIS_CPU->id, now);
	more = warp_seen.handovers < enough && tsc_to_ns(now) < deadline;
	spin_unlock_irqrestore(&lock, flags);
	return more;
}

/*
 * Compares the first CPU's TSC with another's. Both call it, and neither
 * returns before the other, after 10 ms at most. A single step back means that
 * the TSC is not trusted any more.
 */
static void warp_check(void)
{
	unsigned enough = warp_seen.handovers + HANDOVERS;
	uint64_t deadline;

	meet();
	deadline = tsc_to_ns(clocksource_tsc.read()) + PATIENCE_NS;
	while (look(deadline, enough))
		cpu_relax();
	meet();
	if (THIS_CPU->id)
		return;
	warp_cpus++;
	if (warp_seen.back)
		clocks_distrust_tsc("not the same on all CPUs");
}
HOOK(cpus_meet, warp_check);
