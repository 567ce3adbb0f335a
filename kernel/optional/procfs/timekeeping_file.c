/*
 * /proc/timekeeping: which clock the kernel reads and why, and what went wrong
 * with it; a clock's name written to it makes that the clock.
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/proc_files.h"
#include "kernel/lib/string.h"
#include "kernel/time/time_init.h"
#include "kernel/time/warp.h"

static void show_sources(struct sink *out)
{
	const char *name;

	sink_printf(out, "available:\t");
	for (unsigned i = 0; (name = time_source_name(i)); i++)
		sink_printf(out, "%s%s", i ? " " : "", name);
	sink_printf(out, "\n");
}

/* Which clock it is and why, and what went wrong with it so far. */
static int show_timekeeping(struct sink *out, struct process *process)
{
	struct time_status s = time_status();

	(void)process;
	sink_printf(out, "clocksource:\t%s\nwhy:\t\t%s\n", s.clock.source->name,
		    s.why);
	show_sources(out);
	sink_printf(out,
		    "tsc:\t\t%lu kHz by %s, to %lu ppb\n"
		    "tsc_verdict:\t%s\n"
		    "watch:\t\t%u good, %u doubts, %u missed\n"
		    "cpus:\t\t%u compared, %u hand-overs, %lu cycles back\n",
		    s.tsc_khz, s.reference->name, s.error_ppb,
		    s.bad ? s.bad : "nothing against it", s.watch.good,
		    s.watch.doubts, s.watch.missed, warp_cpus,
		    warp_seen.handovers, warp_seen.back);
	sink_printf(out,
		    "updates:\t%lu\nlate_updates:\t%lu\nlatest_ns:\t%lu\n"
		    "realtime_set:\t%u\nrtc_forward_ns:\t%lu\n",
		    s.clock.updates, s.clock.late, s.clock.latest_ns,
		    s.clock.times_set, s.clock.corrected_ns);
	return 0;
}

/* A source's name alone makes that the clock. */
static int store_timekeeping(const char *words, struct process *process)
{
	(void)process;
	return time_change(words);
}

PROC_FILES(timekeeping_files) = {
	{ .path = "timekeeping",
	  .mode = 0644,
	  .show = show_timekeeping,
	  .store = store_timekeeping },
};
