/*
 * Kernel memory that is contiguous only virtually: stacks, large tables,
 * device registers. An unmapped guard page lies below and above each region.
 */
#ifndef KERNEL_MM_VMAP_H
#define KERNEL_MM_VMAP_H

#include "kernel/lib/types.h"
#include "kernel/mm/layout.h"

/* Returns `size` bytes of RAM, rounded up to pages and filled with zeros, or NULL
 * when out of memory. vmap_free() takes what this returned. */
void *vmap_alloc(size_t size);
void vmap_free(void *pointer);

/* Maps device registers at `address`, uncached and for ever. Returns NULL when
 * out of memory. */
void *vmap_device(paddr_t address, size_t size);

/* The number of regions, holes included: for reports. */
extern size_t vmap_region_count;

static inline bool vmap_contains(const void *pointer)
{
	return (uint64_t)pointer >= VMAP_START && (uint64_t)pointer < VMAP_END;
}

/* Is `address` in the guard page below a region (a kernel stack overflow)? */
bool vmap_is_guard(uint64_t address);

#endif
