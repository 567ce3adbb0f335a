/*
 * Shared memory: single loads and stores that the compiler may neither split
 * nor invent, barriers, and the read-modify-write operations that the kernel
 * needs.  x86 is TSO: only a store followed by a load of another place can
 * be seen out of order, so all barriers but smp_mb() bind the compiler alone.
 */
#ifndef KERNEL_LIB_ATOMIC_H
#define KERNEL_LIB_ATOMIC_H

#include "kernel/lib/types.h"

#define READ_ONCE(x)       (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))

#define barrier() __asm__ volatile("" ::: "memory")

/* A locked add to the stack orders as mfence does, and is cheaper. */
#define smp_mb() __asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc")

/* Nothing after the load moves before it; nothing before the store after. */
#define smp_load_acquire(p)       __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, val) __atomic_store_n((p), (val), __ATOMIC_RELEASE)

/* Tell the CPU that it spins. */
static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* Each works on any integer of up to 8 bytes, and is a full barrier. */
#define atomic_fetch_add(p, n) atomic_do(fetch_add, p, n)
#define atomic_fetch_sub(p, n) atomic_do(fetch_sub, p, n)
#define atomic_fetch_or(p, n)  atomic_do(fetch_or, p, n)
#define atomic_fetch_and(p, n) atomic_do(fetch_and, p, n)
#define atomic_exchange(p, n)  atomic_do(exchange_n, p, n)

#define atomic_do(operation, p, n) \
	(explore_point(), __atomic_##operation((p), (n), __ATOMIC_SEQ_CST))

/*
 * *p == *expected: *p becomes `desired`, returns true.
 * Else *expected becomes *p, returns false.
 */
#define atomic_compare_exchange(p, expected, desired)                   \
	(explore_point(),                                               \
	 __atomic_compare_exchange_n((p), (expected), (desired), false, \
				     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))

#endif
