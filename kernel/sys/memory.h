/* What the calls on memory share with the optional part "memory". */
#ifndef KERNEL_SYS_MEMORY_H
#define KERNEL_SYS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct file;

/*
 * Returns a file without a name, of `size` bytes, for an anonymous mapping
 * that processes share, or NULL when out of memory. Set by the part "memory";
 * without it such an mmap(2) fails with -ENODEV.
 */
extern struct file *(*shared_memory_new)(size_t size);

/* Is this more memory than the machine has, and meant to be written to? */
bool memory_is_too_much(size_t size, unsigned prot, unsigned map_flags);

#endif
