/* Flushing the TLB: see tlb.h. */
#include "kernel/mm/tlb.h"

#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"

/* From so many pages on, loading CR3 anew is cheaper than one by one. */
#define FLUSH_ALL_PAGES 64

void tlb_flush(struct space *space, uaddr_t start, uaddr_t end)
{
	if (THIS_CPU->space != space)
		return;
	if (end - start >= FLUSH_ALL_PAGES * PAGE_SIZE) {
		write_cr3(space->root);
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}
