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
 * Called for a fault that found no memory: true if the fault may be tried again
 * now. It may sleep. Without it the process that faulted
 * is killed.
 */
extern bool (*fault_memory_full)(void);

/*
 * Copies to or from a part of one page, which is brought in or made the space's
 * own first if need be, by max_prot instead of prot. It holds the lock all the
 * while: a fork in between would share the page with the child, and a write
 * would reach both. 0, or -EFAULT: the page may not be had.
 */
int space_copy_within_page(struct space *space, uaddr_t address, void *buffer,
			   size_t size, bool write);

#endif
