/*
 * What /proc says of the kernel as a whole: its memory and its functions.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/backtrace.h"
#include "kernel/optional/procfs/procfs.h"
#include "kernel/fs/ramfs.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/vmap.h"
#include "kernel/process/process.h"

static int show_meminfo(struct sink *out, struct process *process)
{
	size_t cached = ramfs_page_count(), slabs = 0;

	(void)process;
	process_reap(); /* the dead do not count as memory in use */
	for (unsigned i = 0; i < KMALLOC_CLASSES; i++)
		slabs += READ_ONCE(kmalloc_classes[i].slab_count);
	sink_printf(out,
		    "MemTotal:       %8zu kB\nMemFree:        %8zu kB\n"
		    "MemAvailable:   %8zu kB\nBuffers:        %8d kB\n"
		    "Cached:         %8zu kB\nSwapTotal:      %8d kB\n"
		    "SwapFree:       %8d kB\nSlab:           %8zu kB\n"
		    "KernelStack:    %8zu kB\nKernelTables:   %8zu kB\n",
		    frame_count_total() * 4, frame_count_free() * 4,
		    frame_count_free() * 4, 0, cached * 4, 0, 0, slabs * 4,
		    READ_ONCE(task_stack_count) * (KERNEL_STACK_SIZE / 1024),
		    READ_ONCE(pagetable_kernel_count) * 4);
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
		const struct kmalloc_class *c = &kmalloc_classes[i];
		size_t size = (size_t)KMALLOC_SMALLEST << i;

		sink_printf(out, "kmalloc-%-9zu %6zu %6zu %6zu %4zu %4d\n",
			    size, READ_ONCE(c->used),
			    READ_ONCE(c->slab_count) * c->each, size, c->each,
			    1);
	}
	sink_printf(out, "vmap_area         %6zu\n",
		    READ_ONCE(vmap_region_count));
	return 0;
}

/* As nm(1) prints them; the addresses are for root alone. */
static int show_kallsyms(struct sink *out, struct process *process)
{
	bool may_see = !current_process()->credentials.euid;
	uint64_t address;
	const char *name;

	(void)process;
	for (uint32_t i = 0; (name = symbol_get(i, &address)); i++)
		sink_printf(out, "%016lx t %s\n", may_see ? address : 0, name);
	return 0;
}

PROC_FILES(kernel_files) = {
	{ .path = "meminfo", .mode = 0444, .show = show_meminfo },
	{ .path = "kallsyms", .mode = 0444, .show = show_kallsyms },
	{ .path = "slabinfo", .mode = 0400, .show = show_slabinfo },
};
