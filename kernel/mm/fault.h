/*
 * Page faults: demand paging, copy on write, stack growth. A fault that cannot
 * be cured becomes a signal, by the hook in kernel/cpu/trap.h.
 */
#ifndef KERNEL_MM_FAULT_H
#define KERNEL_MM_FAULT_H

#include "kernel/mm/space.h"

/* Takes over the page-fault vector. */
void fault_init(void);

/*
 * Called for a fault that found no memory. Returns true if the fault may be
 * tried again. It may sleep. Without it the process that faulted is killed.
 */
extern bool (*fault_memory_full)(void);

/*
 * Copies to or from a part of one page. The page is first brought in, or made
 * the space's own, as far as max_prot allows. The lock is held meanwhile: a fork
 * in between would share the page with the child, and a write would reach both.
 * Returns 0, or -EFAULT if the page cannot be had.
 */
int space_copy_within_page(struct space *space, uaddr_t address, void *buffer,
			   size_t size, bool write);

#endif
