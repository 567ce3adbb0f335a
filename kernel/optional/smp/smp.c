/*
 * Optional part: more than one CPU. It starts those that the ACPI tables tell
 * of (Intel SDM 3A 8.4.4) and shares the tasks among them (balance.c). Without
 * it the kernel runs on the first CPU and leaves the others alone. It needs no
 * other part.
 */
#include "kernel/optional/smp/smp.h"

#include "kernel/cpu/acpi.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/vmap.h"
#include "kernel/sched/sched.h"
#include "kernel/time/tick.h"

/* How long a CPU may take to answer: reads of a slow port, a microsecond
 * each on real machines. */
#define INIT_DELAY   10000
#define ANSWER_POLLS 1000000
#define POST_CODE    0x80
#define FIRST_MIB    (1ul << 20)

/* As ap.asm has them. */
struct ap_parameters {
	uint64_t root, stack, cpu, main;
};

extern const char ap_start[], ap_end[], ap_parameters[];

/* How many CPUs to use at most: maxcpus=, nosmp. */
static unsigned smp_limit = MAX_CPUS;

static paddr_t start_page; /* for ap.asm: below 1 MiB, or nothing starts */
static bool answered;      /* by the CPU that is being started */

static void delay(unsigned polls)
{
	while (polls--) {
		inb(POST_CODE);
		cpu_relax(); /* lets the others run where all share one core */
	}
}

/* Where a new CPU enters C: on the stack of its idle task. */
static void ap_main(struct cpu *cpu)
{
	pagetable_load(0);
	cpu_init(cpu);
	apic_init_cpu();
	sched_enter_idle(cpu);
	smp_store_release(&answered, true);
	HOOK_CALL(cpus_meet);
	tick_start();
	sched_idle();
}

/* Page tables that map the start page at its physical address too. */
static paddr_t start_tables(paddr_t page)
{
	paddr_t root = pagetable_new();
	pte_t *entry = root ? pagetable_walk(root, page, true) : NULL;

	if (!entry)
		give_up("there is not enough memory for the other CPUs' page tables");
	*entry = page | PTE_PRESENT | PTE_WRITE;
	return root;
}

static bool wait_for_answer(void)
{
	for (unsigned i = 0; i < ANSWER_POLLS; i++) {
		if (smp_load_acquire(&answered))
			return true;
		delay(1);
	}
	return false;
}

/* INIT, then two start-up interrupts, as the manual wants them. */
static bool wake_cpu(struct cpu *cpu, paddr_t page)
{
	WRITE_ONCE(answered, false);
	ipi_send_init(cpu->apic_id);
	delay(INIT_DELAY);
	for (int attempt = 0; attempt < 2; attempt++) {
		ipi_send_start(cpu->apic_id, page);
		delay(200);
		if (smp_load_acquire(&answered))
			return true;
	}
	return wait_for_answer();
}

static struct cpu *cpu_new(unsigned id, uint32_t apic)
{
	struct cpu *cpu = kzalloc(sizeof(*cpu));

	if (!cpu)
		give_up("there is not enough memory for CPU %u", id);
	cpu->id = id;
	cpu->bit = 1u << id;
	cpu->apic_id = apic;
	task_interrupt_stacks(cpu);
	balance_new_cpu(cpu);
	return cpu;
}

static void start_cpu(uint32_t apic, paddr_t page, paddr_t root)
{
	char *start = phys_to_virt(page);
	struct ap_parameters *parameters =
		(void *)(start + (ap_parameters - ap_start));
	struct cpu *cpu = cpu_new(cpu_count, apic);

	memcpy(start, ap_start, (size_t)(ap_end - ap_start));
	*parameters = (struct ap_parameters){
		.root = root,
		.stack = cpu->idle->context.stack_top,
		.cpu = (uint64_t)cpu,
		.main = (uint64_t)ap_main,
	};
	if (wake_cpu(cpu, page)) {
		cpu_count++;
		HOOK_CALL(cpus_meet);
		return;
	}
	/* Should it come late, it waits for ever. What it was given stays: an
	 * INIT has no answer, so it may run on that stack a little longer. */
	ipi_send_init(apic);
	cpus[cpu->id] = NULL;
	kprintf("CPU with APIC %u does not answer: left out\n", apic);
}

static void take_start_page(void)
{
	start_page = frame_alloc_boot();
}
HOOK(boot_frames, take_start_page);

/* Each new CPU raises cpus_meet, as the first does meanwhile, and starts its
 * tick before it looks for work. One that does not answer is left out. */
static void smp_start(void)
{
	paddr_t page = start_page;
	unsigned self = apic_id();
	paddr_t root;

	if (page >= FIRST_MIB || smp_limit == 1 || acpi_info.cpu_count == 1)
		return;
	balance_init();
	shootdown_init();
	ipi_init();
	root = start_tables(page);
	for (unsigned i = 0; i < acpi_info.cpu_count; i++) {
		if (cpu_count >= smp_limit)
			break;
		if (acpi_info.apic_ids[i] != self)
			start_cpu(acpi_info.apic_ids[i], page, root);
	}
	*pagetable_walk(root, page, false) = 0;
	pagetable_free(root);
	kprintf("smp: %u CPUs\n", cpu_count);
}
HOOK(boot_cpus, smp_start);

static void set_maxcpus(const char *value)
{
	long limit;

	if (parse_int(value, &limit) || limit < 1)
		kprintf("maxcpus=%s: not a number of CPUs\n", value);
	else
		smp_limit = (unsigned)MIN(limit, (long)MAX_CPUS);
}
WORD("maxcpus", set_maxcpus);

static void set_nosmp(const char *value)
{
	(void)value;
	smp_limit = 1;
}
WORD("nosmp", set_nosmp);
