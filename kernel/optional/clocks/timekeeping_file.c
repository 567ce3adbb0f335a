/*
 * /proc/timekeeping: which counter is the clock and why, and what went wrong
 * with it.
 */
#include "kernel/lib/printf.h"
#include "kernel/optional/proc_files.h"
#include "kernel/optional/clocks/clocks.h"
#include "kernel/optional/clocks/warp.h"
#include "kernel/time/time_init.h"

static void show_sources(struct sink *out)
{
	const char *name;

	sink_printf(out, "available:\t");
	for (unsigned i = 0; (name = clocks_source_name(i)); i++)
		sink_printf(out, "%s%s", i ? " " : "", name);
	sink_printf(out, "\n");
}

static int show_timekeeping(struct sink *out, struct process *process)
{
	struct clocks_status s = clocks_status();

	(void)process;
	sink_printf(out, "clocksource:\t%s\nwhy:\t\t%s\n", s.source->name,
		    s.why);
	show_sources(out);
	sink_printf(out,
		    "tsc:\t\t%lu kHz by %s, to %lu ppb\n"
		    "tsc_verdict:\t%s\n"
		    "watch:\t\t%u good, %u doubts, %u missed\n"
		    "cpus:\t\t%u compared, %u hand-overs, %lu cycles back\n"
		    "updates:\t%lu\nlate_updates:\t%lu\nlatest_ns:\t%lu\n",
		    tsc_khz(), tsc_measured.reference->name,
		    tsc_measured.rate.error_ppb,
		    s.bad ? s.bad : "nothing against it", s.watch.good,
		    s.watch.doubts, s.watch.missed, warp_cpus,
		    warp_seen.handovers, warp_seen.back, s.updates,
		    s.late_updates, s.latest_ns);
	return 0;
}

PROC_FILES(timekeeping_files) = {
	{ .path = "timekeeping", .mode = 0444, .show = show_timekeeping },
};
