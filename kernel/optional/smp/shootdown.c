/*
 * Flushing the TLBs of the other CPUs: see struct tlb_shootdown. A space counts
 * the requests to forget what is remembered of it, its generation. Each CPU
 * notes the generation of its space that its TLB has seen. So several requests
 * may wait at the same time, and one flush answers them all.
 */
#include "kernel/cpu/apic.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/tlb.h"
#include "kernel/optional/smp/smp.h"

/* A request about the kernel's half; there is one at a time, under the lock. */
static struct spinlock kernel_lock = SPINLOCK_INIT(RANK_SHOOTDOWN);
static uint64_t kernel_from, kernel_to;
static uint32_t kernel_waiting; /* CPUs that have not done it; atomic */

/* The interrupt: does all that this CPU has been asked to do. */
static void handle_shootdown(struct trapframe *tf)
{
	struct cpu *cpu = this_cpu();
	struct space *space = cpu->space;

	(void)tf;
	apic_eoi();
	if (READ_ONCE(kernel_waiting) & cpu->bit) {
		tlb_forget(kernel_from, kernel_to);
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

static void interrupt_cpus(uint32_t mask)
{
	for (unsigned id = 0; mask; id++, mask >>= 1)
		if (mask & 1)
			ipi_send(cpus[id], VECTOR_SHOOTDOWN);
}

static void shootdown_request(struct space *space)
{
	uint64_t before;

	smp_mb(); /* the entries are changed before we look which CPUs read them */
	if (!other_cpus(READ_ONCE(space->cpu_mask)))
		return;
	before = atomic_fetch_add(&space->tlb_generation, 1);
	/* if this CPU has seen less, another one's request is on its way here */
	if (THIS_CPU->space == space && THIS_CPU->tlb_seen == before)
		THIS_CPU->tlb_seen = before + 1;
	/* looked at again: a CPU sets its bit first, then reads the generation */
	interrupt_cpus(other_cpus(READ_ONCE(space->cpu_mask)));
}

static void shootdown_wait(struct space *space)
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

static void shootdown_kernel(uint64_t start, uint64_t end)
{
	uint32_t mask = other_cpus((1u << cpu_count) - 1);

	if (!mask)
		return;
	spin_lock(&kernel_lock);
	kernel_from = start;
	kernel_to = end;
	smp_store_release(&kernel_waiting, mask);
	interrupt_cpus(mask);
	while (READ_ONCE(kernel_waiting))
		cpu_relax();
	spin_unlock(&kernel_lock);
}

static void shootdown_drop_space(struct space *space)
{
	interrupt_cpus(other_cpus(READ_ONCE(space->cpu_mask)));
	while (other_cpus(READ_ONCE(space->cpu_mask)))
		cpu_relax();
}

void shootdown_init(void)
{
	static const struct tlb_shootdown shootdown = {
		.request = shootdown_request,
		.wait = shootdown_wait,
		.flush_kernel = shootdown_kernel,
		.drop_space = shootdown_drop_space,
	};

	trap_set_handler(VECTOR_SHOOTDOWN, handle_shootdown);
	tlb_shootdown = &shootdown;
}
