/*
 * Flushing the TLBs: see tlb.h. A space counts the requests to forget what is
 * remembered of it, its generation; each CPU notes the generation of its space
 * that its TLB has seen. So several requests may wait at the same time, and
 * one flush answers them all.
 */
#include "kernel/mm/tlb.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"

/* From so many pages on, loading CR3 anew is cheaper than one by one. */
#define FLUSH_ALL_PAGES 64

/* A request about the kernel's half, one at a time under the lock. */
static struct spinlock lock = SPINLOCK_INIT(RANK_SHOOTDOWN);
static uint64_t kernel_start_address, kernel_end_address;
static uint32_t kernel_waiting; /* CPUs that have not done it; atomic */

static void forget(uint64_t start, uint64_t end)
{
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}

static void serve(struct trapframe *tf)
{
	struct cpu *cpu = this_cpu();
	struct space *space = cpu->space;

	(void)tf;
	apic_eoi();
	if (READ_ONCE(kernel_waiting) & cpu->bit) {
		forget(kernel_start_address, kernel_end_address);
		atomic_fetch_and(&kernel_waiting, ~cpu->bit);
	}
	if (!space)
		return;
	if (!READ_ONCE(space->refs))
		space_activate(NULL);
	else if (cpu->tlb_seen != READ_ONCE(space->tlb_generation))
		space_reload(space);
}

static uint32_t other_cpus(uint32_t mask)
{
	return mask & ~THIS_CPU->bit;
}

static void interrupt(uint32_t mask)
{
	for (unsigned id = 0; mask; id++, mask >>= 1)
		if (mask & 1)
			apic_send(id, VECTOR_SHOOTDOWN);
}

bool tlb_request(struct space *space, uaddr_t start, uaddr_t end)
{
	bool here = THIS_CPU->space == space;
	uint64_t before;

	if (here && end - start >= FLUSH_ALL_PAGES * PAGE_SIZE)
		write_cr3(read_cr3());
	else if (here)
		forget(start, end);
	smp_mb(); /* the entries are changed before we look which CPUs read them */
	if (!other_cpus(READ_ONCE(space->cpu_mask)))
		return false;
	before = atomic_fetch_add(&space->tlb_generation, 1);
	/* else another CPU's request is on its way here */
	if (here && THIS_CPU->tlb_seen == before)
		THIS_CPU->tlb_seen = before + 1;
	/* looked at again: a CPU sets its bit first, then reads the generation */
	interrupt(other_cpus(READ_ONCE(space->cpu_mask)));
	return true;
}

void tlb_wait(struct space *space)
{
	uint64_t generation = READ_ONCE(space->tlb_generation);
	uint32_t mask = other_cpus(READ_ONCE(space->cpu_mask));

	for (unsigned id = 0; mask >> id; id++) {
		if (!(mask >> id & 1))
			continue;
		/* a CPU that went to another space in between forgot all */
		while (READ_ONCE(space->cpu_mask) >> id & 1 &&
		       READ_ONCE(cpus[id]->tlb_seen) < generation)
			cpu_relax();
	}
}

void tlb_flush(struct space *space, uaddr_t start, uaddr_t end)
{
	if (tlb_request(space, start, end))
		tlb_wait(space);
}

void tlb_flush_kernel(uint64_t start, uint64_t end)
{
	uint32_t mask = other_cpus((1u << cpu_count) - 1);

	forget(start, end);
	if (!mask)
		return;
	spin_lock(&lock);
	kernel_start_address = start;
	kernel_end_address = end;
	smp_store_release(&kernel_waiting, mask);
	interrupt(mask);
	while (READ_ONCE(kernel_waiting))
		cpu_relax();
	spin_unlock(&lock);
}

void tlb_drop_space(struct space *space)
{
	interrupt(other_cpus(READ_ONCE(space->cpu_mask)));
	while (other_cpus(READ_ONCE(space->cpu_mask)))
		cpu_relax();
}

void tlb_init(void)
{
	trap_set_handler(VECTOR_SHOOTDOWN, serve);
}
