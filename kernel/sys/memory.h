/* What the calls on memory share with optional parts. */
#ifndef KERNEL_SYS_MEMORY_H
#define KERNEL_SYS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/types.h"

struct area_ops;
struct file;

/*
 * Returns a file without a name, of `size` bytes, for an anonymous mapping
 * that processes share, or NULL when out of memory. Set by the part "memory";
 * without it such an mmap(2) fails with -ENODEV.
 */
extern struct file *(*shared_memory_new)(size_t size);

/*
 * What delivers the pages of a mapping with MAP_DROPPABLE. Set by the part
 * "vgetrandom"; without it there is no such type of mapping.
 */
extern const struct area_ops *droppable_ops;

/*
 * Is this more new memory than the process's limits leave? RLIMIT_AS counts all
 * of its memory, and what is at `start` not, if that is not 0; RLIMIT_DATA counts
 * private memory that may be written, if the new one is such `data`. Set by the
 * part "memory"; without it there are no such limits.
 */
extern bool (*memory_over_limit)(uaddr_t start, size_t size, bool data);

/*
 * Is this more new memory than the machine has (if it is meant to be written),
 * or than its limits leave? With MAP_FIXED what is mapped at `hint` does not
 * count.
 */
bool memory_is_too_much(uaddr_t hint, size_t size, unsigned prot,
			unsigned map_flags);

#endif
