/*
 * The kernel's heap: small objects of power-of-two size classes carved from
 * single frames, larger ones from kernel/mm/vmap.h.
 */
#ifndef KERNEL_MM_KMALLOC_H
#define KERNEL_MM_KMALLOC_H

#include <stddef.h>

void kmalloc_init(void);

/*
 * Returns `size` bytes, aligned to the next power of two up to 4096, or NULL when
 * out of memory. Must not be called from an interrupt.
 */
void *kmalloc(size_t size);
void *kzalloc(size_t size); /* filled with zeros */

/* NULL is ignored. */
void kfree(void *pointer);

/* What stands in the slabs of one class of sizes: for reports. */
#define KMALLOC_CLASSES 8

struct kmalloc_usage {
	size_t size;  /* of an object, bytes */
	size_t used;  /* objects handed out */
	size_t slabs; /* frames */
	size_t each;  /* objects that a slab holds */
};

struct kmalloc_usage kmalloc_usage(unsigned class);

/* Returns a copy of a string, or NULL when out of memory. */
char *kstrdup(const char *text);

#endif
