/*
 * Translations that CPUs remember: whoever takes rights away from a page, or
 * the page itself, calls these before the frame is given to anyone else. The
 * CPUs that may know the page are interrupted, and waited for. Interrupts on
 * (or one CPU only): two that wait for each other must hear each other.
 */
#ifndef KERNEL_MM_TLB_H
#define KERNEL_MM_TLB_H

#include "kernel/mm/space.h"

/* Forgets [start, end) of the space, on each CPU that may know it. */
void tlb_flush(struct space *space, uaddr_t start, uaddr_t end);

/* Forgets [start, end) of the kernel's half, on all CPUs. */
void tlb_flush_kernel(uint64_t start, uint64_t end);

/* Makes all CPUs that still hold the space, idle ones, let go of it. */
void tlb_drop_space(struct space *space);

/* Takes over the vector of the shoot-down. */
void tlb_init(void);

#endif
