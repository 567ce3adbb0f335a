/*
 * The optional part "memory": mremap(2), madvise(2), msync(2), memfd_create(2)
 * and anonymous memory that processes share. C libraries use mremap() for a
 * realloc() of large blocks and madvise() to give memory back, and fall back
 * on plain mmap(2) and munmap(2) without this part; a program that shares
 * memory between processes without a file needs it. It needs no other part.
 */
#ifndef KERNEL_OPTIONAL_MEMORY_MEMORY_H
#define KERNEL_OPTIONAL_MEMORY_MEMORY_H

#endif
