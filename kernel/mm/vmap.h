/*
 * Kernel memory that is contiguous only virtually: stacks, large tables,
 * device registers. An unmapped guard page lies below and above each piece.
 */
#ifndef KERNEL_MM_VMAP_H
#define KERNEL_MM_VMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"
#include "kernel/mm/layout.h"

/* `size` bytes (rounded up to pages) of zeroed RAM, or NULL. */
void *vmap_alloc(size_t size);
void vmap_free(void *pointer);

/* Device registers at `address`, uncached, or NULL when out of memory.
 * They stay mapped. */
void *vmap_device(paddr_t address, size_t size);

/* Pieces of kernel addresses that are or were in use: for reports. */
size_t vmap_piece_count(void);

static inline bool vmap_contains(const void *pointer)
{
	return (uint64_t)pointer >= VMAP_START && (uint64_t)pointer < VMAP_END;
}

/* Is `address` in the guard page of a live piece (a kernel stack overflow)? */
bool vmap_is_guard(uint64_t address);

#endif
