/*
 * Translations that CPUs remember. Code that takes rights away from a page, or
 * the page itself, calls these before the frame is given to another owner.
 * Other CPUs that may know the page are interrupted, and waited for.
 * Interrupts must be on (or there is one CPU only): two CPUs that wait for
 * each other must both serve the other's request.
 */
#ifndef KERNEL_MM_TLB_H
#define KERNEL_MM_TLB_H

#include "kernel/mm/space.h"

/*
 * Makes this CPU forget [start, end) of the space, and asks the other CPUs that
 * have it loaded to forget all of it. The space's lock is held, so that each
 * change of the tables is followed by its request. Returns whether a CPU was
 * asked.
 */
bool tlb_request(struct space *space, uaddr_t start, uaddr_t end);

/* Waits until the other CPUs have done all that was asked so far. A new mapping
 * must not be used before that, either: its address may be an old one's. */
void tlb_wait(struct space *space);

/* Both, for changes after which nothing else may happen under the lock. */
void tlb_flush(struct space *space, uaddr_t start, uaddr_t end);

/* Forgets [start, end) of the kernel's half, on all CPUs. */
void tlb_flush_kernel(uint64_t start, uint64_t end);

/* Makes all other CPUs let go of a space that nobody uses any more. */
void tlb_drop_space(struct space *space);

/* Takes over the vector of the shoot-down. */
void tlb_init(void);

#endif
