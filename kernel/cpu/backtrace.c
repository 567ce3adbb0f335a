/* Backtraces: see backtrace.h. */
#include "kernel/cpu/backtrace.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/cpu/kprintf.h"
#include "kernel/mm/layout.h"

#define DEPTH_MAX 24

/* tools/ksyms: sorted; offsets from kernel_start. */
extern const uint32_t ksym_count;
extern const uint32_t ksym_offsets[], ksym_name_offsets[];
extern const char ksym_names[];

extern char kernel_start[], kernel_text_end[];

const char *symbol_find(uint64_t address, uint64_t *offset)
{
	uint64_t wanted = address - (uint64_t)kernel_start;
	uint32_t low = 0, high = ksym_count;

	if (address < (uint64_t)kernel_start ||
	    address >= (uint64_t)kernel_text_end)
		return NULL;
	while (low < high) { /* low: first symbol above `wanted` */
		uint32_t middle = low + (high - low) / 2;

		if (ksym_offsets[middle] <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	*offset = wanted - ksym_offsets[low - 1];
	return ksym_names + ksym_name_offsets[low - 1];
}

const char *symbol_get(uint32_t place, uint64_t *address)
{
	if (place >= ksym_count)
		return NULL;
	*address = (uint64_t)kernel_start + ksym_offsets[place];
	return ksym_names + ksym_name_offsets[place];
}

void backtrace_print_line(uint64_t rip)
{
	uint64_t offset;
	const char *name = symbol_find(rip, &offset);

	if (name)
		kprintf("  %016lx  %s+%#lx\n", rip, name, offset);
	else
		kprintf("  %016lx\n", rip);
}

/* May a frame pointer be followed? Stacks live in the image and in VMAP. */
static bool plausible(uint64_t rbp)
{
	return rbp % 8 == 0 &&
	       ((rbp >= VMAP_START && rbp < VMAP_END) ||
		(rbp >= (uint64_t)kernel_start && rbp < -4096ul));
}

void backtrace_print(uint64_t rip, uint64_t rbp)
{
	backtrace_print_line(rip);
	for (int depth = 0; depth < DEPTH_MAX && plausible(rbp); depth++) {
		uint64_t next = ((uint64_t *)rbp)[0];

		backtrace_print_line(((uint64_t *)rbp)[1]);
		if (next <= rbp)
			break;
		rbp = next;
	}
}
