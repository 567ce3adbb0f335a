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

#endif
