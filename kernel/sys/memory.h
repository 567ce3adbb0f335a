/*
 * System calls about the address space.
 */
#ifndef KERNEL_SYS_MEMORY_H
#define KERNEL_SYS_MEMORY_H

#include "kernel/lib/types.h"

long sys_mmap(uaddr_t hint, size_t size, unsigned prot, unsigned flags, int fd,
	      uint64_t offset);
long sys_munmap(uaddr_t start, size_t size);
long sys_mprotect(uaddr_t start, size_t size, unsigned prot);
long sys_brk(uaddr_t wanted);
long sys_madvise(uaddr_t start, size_t size, int advice);
long sys_mremap(uaddr_t start, size_t size, size_t new_size, unsigned flags,
		uaddr_t target);
long sys_memfd_create(uaddr_t name, unsigned flags);
long sys_msync(uaddr_t start, size_t size, int flags);

#endif
