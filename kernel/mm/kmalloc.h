/*
 * The kernel's heap: small objects of power-of-two size classes carved from
 * single frames, larger ones from kernel/mm/vmap.h.
 */
#ifndef KERNEL_MM_KMALLOC_H
#define KERNEL_MM_KMALLOC_H

#include <stddef.h>

void kmalloc_init(void);

/*
 * `size` bytes, aligned to the next power of two up to 4096; NULL when memory
 * is full. Not from an interrupt.
 */
void *kmalloc(size_t size);
void *kzalloc(size_t size); /* filled with zeros */

/* NULL is ignored. */
void kfree(void *pointer);

/* A block of `new_size` with the first min(old, new) bytes kept; NULL: full,
 * and the old block stands. */
void *krealloc(void *pointer, size_t old_size, size_t new_size);

/* A copy of a string; NULL when memory is full. */
char *kstrdup(const char *text);

#endif
