/*
 * The TLB: the translations that a CPU remembers. Code that takes a page away,
 * or a right to it, makes the CPUs forget the page before its frame is given to
 * another owner. Other CPUs that may know the page are interrupted, and waited
 * for. Interrupts must be on, or there must be one CPU only: two CPUs that wait
 * for each other must both answer the other's request.
 */
#ifndef KERNEL_MM_TLB_H
#define KERNEL_MM_TLB_H

#include "kernel/mm/space.h"

/*
 * What the part smp does for the other CPUs. The pointer is NULL while there is
 * one CPU only. The functions are called with the lock of the space held, if
 * nothing else is said.
 */
struct tlb_shootdown {
	/* Asks the other CPUs that have the space loaded to forget all of it.
	 * The change of its page tables is made. */
	void (*request)(struct space *space);
	/* Waits until they have done all that was asked so far; any lock. */
	void (*wait)(struct space *space);
	/* Makes them forget [start, end) of the kernel's half, and waits. */
	void (*flush_kernel)(uint64_t start, uint64_t end);
	/* Makes them unload a space that no task uses; no lock. */
	void (*drop_space)(struct space *space);
};

extern const struct tlb_shootdown *tlb_shootdown;

/* Makes this CPU forget [start, end). */
void tlb_forget(uint64_t start, uint64_t end);

/*
 * Makes this CPU forget [start, end) of the space, and asks the other CPUs. The
 * space's lock is held, so that each change of the tables is followed by its
 * request.
 */
void tlb_request(struct space *space, uaddr_t start, uaddr_t end);

/* Waits until the other CPUs have done all that was asked so far. A new mapping
 * must not be used before that, either: its address may be an old one's. */
static inline void tlb_wait(struct space *space)
{
	if (tlb_shootdown)
		tlb_shootdown->wait(space);
}

/* Forgets [start, end) of the kernel's half, on all CPUs. */
void tlb_flush_kernel(uint64_t start, uint64_t end);

#endif
