/*
 * What /proc says of the kernel as a whole, and the knobs in /proc/sys.
 */
#include "kernel/abi/errno.h"
#include "kernel/optional/procfs/procfs.h"
#include "kernel/fs/ramfs.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/vmap.h"
#include "kernel/process/exec.h"
#include "kernel/process/process.h"
#include "kernel/time/vvar.h"

static int show_vnotb(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%d\n", vnotb_get());
	return 0;
}

static int store_vnotb(const char *words, struct process *process)
{
	long number;

	(void)process;
	if (parse_int(words, &number))
		return -EINVAL;
	return vnotb_set(number);
}

static int show_randomize(struct sink *out, struct process *process)
{
	(void)process;
	sink_printf(out, "%d\n", READ_ONCE(randomize_va_space));
	return 0;
}

static int store_randomize(const char *words, struct process *process)
{
	long number;

	(void)process;
	if (parse_int(words, &number) || number < 0 || number > 2)
		return -EINVAL;
	WRITE_ONCE(randomize_va_space, (int)number);
	return 0;
}

static int show_meminfo(struct sink *out, struct process *process)
{
	size_t cached = ramfs_page_count(), slabs = 0;

	(void)process;
	process_reap(); /* the dead do not count as memory in use */
	for (unsigned i = 0; i < KMALLOC_CLASSES; i++)
		slabs += kmalloc_usage(i).slabs;
	sink_printf(out,
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
static int show_slabinfo(struct sink *out, struct process *process)
{
	(void)process;
	process_reap();
	sink_printf(out, "slabinfo - version: 2.1\n"
			 "# name            <active_objs> <num_objs> <objsize> "
			 "<objperslab> <pagesperslab>\n");
	for (unsigned i = 0; i < KMALLOC_CLASSES; i++) {
		struct kmalloc_usage u = kmalloc_usage(i);

		sink_printf(out, "kmalloc-%-9zu %6zu %6zu %6zu %4zu %4d\n",
			    u.size, u.used, u.slabs * u.each, u.size, u.each,
			    1);
	}
	sink_printf(out, "vmap_area         %6zu\n", vmap_piece_count());
	return 0;
}

PROC_FILES(kernel_files) = {
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
