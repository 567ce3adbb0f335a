/*
 * What /proc says of the kernel as a whole, and the knobs in /proc/sys.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/ramfs.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/vmap.h"
#include "kernel/process/exec.h"
#include "kernel/process/process.h"
#include "kernel/time/time_init.h"
#include "kernel/time/vvar.h"
#include "kernel/time/warp.h"

static int show_vnotb(struct text *text, struct process *process)
{
	(void)process;
	text_printf(text, "%d\n", vnotb_get());
	return 0;
}

static int store_vnotb(const char *words, struct process *process)
{
	long number;

	(void)process;
	if (words_number(words, &number))
		return -EINVAL;
	return vnotb_set(number);
}

static int show_randomize(struct text *text, struct process *process)
{
	(void)process;
	text_printf(text, "%d\n", READ_ONCE(randomize_va_space));
	return 0;
}

static int store_randomize(const char *words, struct process *process)
{
	long number;

	(void)process;
	if (words_number(words, &number) || number < 0 || number > 2)
		return -EINVAL;
	WRITE_ONCE(randomize_va_space, (int)number);
	return 0;
}

static int show_meminfo(struct text *text, struct process *process)
{
	size_t cached = ramfs_page_count(), slabs = 0;

	(void)process;
	process_bury(); /* the dead do not count as memory in use */
	for (unsigned i = 0; i < KMALLOC_CLASSES; i++)
		slabs += kmalloc_usage(i).slabs;
	text_printf(text,
		    "MemTotal:       %8zu kB\nMemFree:        %8zu kB\n"
		    "MemAvailable:   %8zu kB\nBuffers:        %8d kB\n"
		    "Cached:         %8zu kB\nSwapTotal:      %8d kB\n"
		    "SwapFree:       %8d kB\nSlab:           %8zu kB\n"
		    "KernelStack:    %8zu kB\nKernelTables:   %8zu kB\n",
		    frame_count_total() * 4, frame_count_free() * 4,
		    frame_count_free() * 4, 0, cached * 4, 0, 0, slabs * 4,
		    task_stack_count() * (KERNEL_STACK_SIZE / 1024),
		    pagetable_kernel_count() * 4);
	return 0;
}

/* The first columns of Linux's; its own file's text is among the objects. */
static int show_slabinfo(struct text *text, struct process *process)
{
	(void)process;
	process_bury();
	text_printf(text,
		    "slabinfo - version: 2.1\n"
		    "# name            <active_objs> <num_objs> <objsize> "
		    "<objperslab> <pagesperslab>\n");
	for (unsigned i = 0; i < KMALLOC_CLASSES; i++) {
		struct kmalloc_usage u = kmalloc_usage(i);

		text_printf(text, "kmalloc-%-9zu %6zu %6zu %6zu %4zu %4d\n",
			    u.size, u.used, u.slabs * u.each, u.size, u.each,
			    1);
	}
	text_printf(text, "vmap_area         %6zu\n", vmap_piece_count());
	return 0;
}

static void show_sources(struct text *text)
{
	const char *name;

	text_printf(text, "available:\t");
	for (unsigned i = 0; (name = time_source_name(i)); i++)
		text_printf(text, "%s%s", i ? " " : "", name);
	text_printf(text, "\n");
}

/* Which clock it is and why, and what went wrong with it so far. */
static int show_timekeeping(struct text *text, struct process *process)
{
	struct time_status s = time_status();

	(void)process;
	text_printf(text, "clocksource:\t%s\nwhy:\t\t%s\n",
		    s.clock.source->name, s.why);
	show_sources(text);
	text_printf(text,
		    "tsc:\t\t%lu kHz by %s, to %lu ppb\n"
		    "tsc_verdict:\t%s\n"
		    "watch:\t\t%u good, %u doubts, %u missed\n"
		    "cpus:\t\t%u compared, %u hand-overs, %lu cycles back\n",
		    s.tsc_khz, s.reference->name, s.error_ppb,
		    s.bad ? s.bad : "nothing against it", s.watch.good,
		    s.watch.doubts, s.watch.missed, warp_cpus,
		    warp_seen.handovers, warp_seen.back);
	text_printf(text,
		    "updates:\t%lu\nlate_updates:\t%lu\nlatest_ns:\t%lu\n"
		    "realtime_set:\t%u\nrtc_forward_ns:\t%lu\n",
		    s.clock.updates, s.clock.late, s.clock.latest_ns,
		    s.clock.times_set, s.clock.corrected_ns);
	return 0;
}

/* A source's name alone makes that the clock. */
static int store_timekeeping(const char *words, struct process *process)
{
	char name[16];
	size_t length = strlen(words);

	(void)process;
	while (length && strchr(" \t\n", words[length - 1]))
		length--;
	if (length >= sizeof(name))
		return -EINVAL;
	strscpy(name, words, length + 1);
	return time_change(name);
}

static const struct proc_file files[] = {
	{ .path = "timekeeping",
	  .mode = 0644,
	  .show = show_timekeeping,
	  .store = store_timekeeping },
	{ .path = "meminfo", .mode = 0444, .show = show_meminfo },
	{ .path = "slabinfo", .mode = 0400, .show = show_slabinfo },
	{ .path = "sys/kernel/vnotb",
	  .mode = 0644,
	  .show = show_vnotb,
	  .store = store_vnotb },
	{ .path = "sys/kernel/randomize_va_space",
	  .mode = 0644,
	  .show = show_randomize,
	  .store = store_randomize },
};

void procfs_kernel_init(void)
{
	procfs_register(files, ARRAY_SIZE(files));
}
