/* Flushing the TLBs: see tlb.h. */
#include "kernel/mm/tlb.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"

/* From so many pages on, loading CR3 anew is cheaper than one by one. */
#define FLUSH_ALL_PAGES 64

/* One request at a time, under the lock; the CPUs asked clear their bits. */
static struct spinlock lock = SPINLOCK_INIT(RANK_SHOOTDOWN);
static struct request {
	struct space *space; /* NULL: the kernel's half */
	uint64_t start, end;
	bool drop;        /* let go of the space */
	uint32_t waiting; /* CPUs that have not done it; atomic */
} request;

static void flush_here(uint64_t start, uint64_t end, bool kernel)
{
	if (!kernel && end - start >= FLUSH_ALL_PAGES * PAGE_SIZE) {
		write_cr3(read_cr3());
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}

static void serve(struct trapframe *tf)
{
	struct cpu *cpu = this_cpu();

	(void)tf;
	apic_eoi();
	if (!(READ_ONCE(request.waiting) & cpu->bit))
		return;
	if (!request.space)
		flush_here(request.start, request.end, true);
	else if (request.space == cpu->space && request.drop)
		space_activate(NULL);
	else if (request.space == cpu->space)
		flush_here(request.start, request.end, false);
	atomic_fetch_and(&request.waiting, ~cpu->bit);
}

/* Asks the CPUs in `mask`, and waits. */
static void ask(uint32_t mask, struct request what)
{
	spin_lock(&lock);
	request = what;
	smp_store_release(&request.waiting, mask);
	for (unsigned id = 0; id < MAX_CPUS; id++)
		if (mask >> id & 1)
			apic_send(id, VECTOR_SHOOTDOWN);
	while (READ_ONCE(request.waiting))
		cpu_relax();
	spin_unlock(&lock);
}

static uint32_t others(uint32_t mask)
{
	return mask & ~THIS_CPU->bit;
}

void tlb_flush(struct space *space, uaddr_t start, uaddr_t end)
{
	uint32_t mask;

	if (THIS_CPU->space == space)
		flush_here(start, end, false);
	smp_mb(); /* the entries are changed before we look who reads them */
	mask = others(READ_ONCE(space->cpu_mask));
	if (mask)
		ask(mask, (struct request){
				  .space = space, .start = start, .end = end });
}

void tlb_flush_kernel(uint64_t start, uint64_t end)
{
	uint32_t mask = others((1u << cpu_count) - 1);

	flush_here(start, end, true);
	if (mask)
		ask(mask, (struct request){ .start = start, .end = end });
}

void tlb_drop_space(struct space *space)
{
	uint32_t mask = others(READ_ONCE(space->cpu_mask));

	if (mask)
		ask(mask, (struct request){ .space = space, .drop = true });
}

void tlb_init(void)
{
	trap_set_handler(VECTOR_SHOOTDOWN, serve);
}
