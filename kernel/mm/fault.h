/*
 * Page faults: demand paging, copy on write, stack growth. What cannot be
 * mended becomes a signal by kernel/cpu/trap.h's hook.
 */
#ifndef KERNEL_MM_FAULT_H
#define KERNEL_MM_FAULT_H

#include "kernel/mm/space.h"

/* Takes over the page-fault vector. */
void fault_init(void);

/*
 * The frame behind `address`, with a reference for the caller, brought in or
 * copied if need be, by max_prot instead of prot. -EFAULT: it may not be had.
 * Takes the lock.
 */
int space_get_page(struct space *space, uaddr_t address, bool write,
		   paddr_t *frame);

#endif
