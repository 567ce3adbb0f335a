/*
 * Interrupts that one CPU sends to another (SDM 3A 10.6): a vector, the two that
 * start a CPU, and the NMI by which a panic stops the other CPUs.
 */
#include "kernel/cpu/apic.h"
#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/optional/smp/smp.h"

/* Registers of the local APIC, by byte offset, and what is written to them. */
#define APIC_COMMAND       0x300
#define APIC_COMMAND_HIGH  0x310
#define COMMAND_PENDING    0x1000
#define COMMAND_NMI        0x4400
#define COMMAND_INIT       0x4500
#define COMMAND_START      0x4600
#define COMMAND_ALL_OTHERS 0xc0000

/* How long a panic waits for the other CPUs. */
#define STOP_POLLS 10000000

static trap_handler *count_nmi; /* the core's handler */
static struct spinlock stop_lock = SPINLOCK_INIT(RANK_CONSOLE);
static unsigned stopped; /* CPUs that stopped for a panic; atomic */

static void send_command(uint32_t apic, uint32_t command)
{
	uint64_t flags = irq_save();

	while (apic_read(APIC_COMMAND) & COMMAND_PENDING)
		cpu_relax();
	apic_write(APIC_COMMAND_HIGH, apic << 24);
	apic_write(APIC_COMMAND, command);
	irq_restore(flags);
}

void ipi_send(const struct cpu *cpu, unsigned vector)
{
	send_command(cpu->apic_id, vector);
}

void ipi_send_init(uint32_t apic)
{
	send_command(apic, COMMAND_INIT);
}

void ipi_send_start(uint32_t apic, paddr_t page)
{
	send_command(apic, COMMAND_START | (uint32_t)(page >> PAGE_SHIFT));
}

/* Says what this CPU was doing when another one panicked, and stops it. */
static _Noreturn void stop(const struct trapframe *tf)
{
	spin_lock(&stop_lock);
	kprintf("CPU %u: ", this_cpu()->id);
	if (trap_from_user(tf))
		kprintf("in ring 3, rip %016lx\n", tf->rip);
	else
		backtrace_print_line(tf->rip);
	panic_describe_task();
	spin_unlock(&stop_lock);
	atomic_fetch_add(&stopped, 1);
	for (;;)
		halt();
}

static void handle_nmi(struct trapframe *tf)
{
	if (kprintf_in_panic())
		stop(tf);
	count_nmi(tf);
}

/* Does not wait long for a CPU that does not answer. */
static void stop_others(void)
{
	if (!count_nmi) /* they do not run yet */
		return;
	send_command(0, COMMAND_NMI | COMMAND_ALL_OTHERS);
	for (unsigned polls = 0; polls < STOP_POLLS; polls++) {
		if (READ_ONCE(stopped) + 1 >= cpu_count)
			return;
		cpu_relax();
	}
}
HOOK(panics, stop_others);

void ipi_init(void)
{
	trap_wrap_handler(VECTOR_NMI, handle_nmi, &count_nmi);
}
