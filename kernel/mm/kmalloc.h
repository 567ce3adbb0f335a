/*
 * The kernel's heap: small objects of power-of-two size classes carved from
 * single frames, larger ones from kernel/mm/vmap.h.
 */
#ifndef KERNEL_MM_KMALLOC_H
#define KERNEL_MM_KMALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/cpu/spinlock.h"
#include "kernel/lib/list.h"

void kmalloc_init(void);

/* The byte that new objects are filled with in a build with ASSERT=1, or 0. */
extern uint8_t kmalloc_fill;

/*
 * Returns `size` bytes, aligned to the next power of two up to 4096, or NULL when
 * out of memory. Must not be called from an interrupt.
 */
void *kmalloc(size_t size);
void *kzalloc(size_t size); /* filled with zeros */

/* NULL is ignored. */
void kfree(void *pointer);

/* The slabs of one size; /proc/slabinfo reads these. */
#define KMALLOC_SMALLEST 16
#define KMALLOC_CLASSES  8 /* up to 2048 */

extern struct kmalloc_class {
	struct spinlock lock;
	struct list_node slabs; /* those with room */
	size_t slab_count;      /* frames */
	size_t used;            /* objects that are handed out */
	size_t each;            /* objects that a slab holds */
} kmalloc_classes[KMALLOC_CLASSES];

/* Returns a copy of a string, or NULL when out of memory. */
char *kstrdup(const char *text);

/*
 * In a build with ASSERT=1 (kernel/optional/debug/quarantine.c): keeps a freed
 * object back, filled with a pattern. Returns one of the same class that was
 * freed some time ago, or NULL; panics when that one was written to meanwhile,
 * or when `object` is kept back already.
 */
void *quarantine_swap(void *object, unsigned class);

#endif
