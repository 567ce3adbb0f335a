/* Flushing this CPU's TLB: see tlb.h. The other CPUs are smp/shootdown.c's. */
#include "kernel/mm/tlb.h"

#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"

/* From so many pages on, it is cheaper to load CR3 anew than to go page by
 * page. */
#define FLUSH_ALL_PAGES 64

const struct tlb_shootdown *tlb_shootdown;

void tlb_forget(uint64_t start, uint64_t end)
{
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}

void tlb_request(struct space *space, uaddr_t start, uaddr_t end)
{
	if (THIS_CPU->space != space)
		; /* loading the space will empty the TLB */
	else if (end - start < FLUSH_ALL_PAGES * PAGE_SIZE)
		tlb_forget(start, end);
	else
		write_cr3(read_cr3());
	if (tlb_shootdown)
		tlb_shootdown->request(space);
}

void tlb_flush_kernel(uint64_t start, uint64_t end)
{
	tlb_forget(start, end);
	if (tlb_shootdown)
		tlb_shootdown->flush_kernel(start, end);
}
