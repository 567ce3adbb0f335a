/*
 * The optional part "memory": brk(2), mremap(2), madvise(2), msync(2), mlock(2),
 * memfd_create(2), anonymous memory that processes share, limits, and the choice of
 * whom to kill when memory is full. C libraries use mremap() for a
 * realloc() of large blocks and madvise() to give memory back, and fall back
 * on plain mmap(2) and munmap(2) without this part; a program that shares
 * memory between processes without a file needs it. It needs no other part.
 */
#ifndef KERNEL_OPTIONAL_MEMORY_MEMORY_H
#define KERNEL_OPTIONAL_MEMORY_MEMORY_H

#include "kernel/mm/space.h"

/*
 * For a walk over all spaces: drops the reference to `space` and returns the
 * next one with a reference; the first for NULL, NULL after the last.
 */
struct space *spaces_next(struct space *space);

/* Is all of the range mapped? 0 or -ENOMEM. */
int space_check_mapped(struct space *space, uaddr_t start, size_t size);

/*
 * Returns how many bytes are mapped outside [start, start + size); with `data`
 * only private ones that may be written, without the stack.
 */
size_t space_mapped_size(struct space *space, uaddr_t start, size_t size,
			 bool data);

#endif
