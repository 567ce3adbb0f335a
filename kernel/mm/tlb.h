/*
 * Translations that CPUs remember: whoever takes rights away from a page, or
 * the page itself, calls tlb_flush() before the frame is given to anyone else.
 */
#ifndef KERNEL_MM_TLB_H
#define KERNEL_MM_TLB_H

#include "kernel/mm/space.h"

/* Forgets [start, end) of the space, on each CPU that may know it. */
void tlb_flush(struct space *space, uaddr_t start, uaddr_t end);

#endif
