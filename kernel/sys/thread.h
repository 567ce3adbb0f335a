/*
 * System calls about the calling thread: its name, its registers, its futexes.
 */
#ifndef KERNEL_SYS_THREAD_H
#define KERNEL_SYS_THREAD_H

#include "kernel/lib/types.h"

long sys_arch_prctl(int code, uint64_t address);
long sys_prctl(int option, uint64_t argument);
long sys_get_robust_list(int tid, uaddr_t head, uaddr_t size);
long sys_set_robust_list(uaddr_t head, size_t size);

/* futex.c */
long sys_futex(uaddr_t address, unsigned operation, uint32_t value,
	       uint64_t timeout, uaddr_t address2, uint32_t value3);

#endif
