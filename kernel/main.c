/*
 * The table of contents of boot: one call a line, in the order in which things
 * come to be. What each does is told where it stands.
 */
#include "boot/bootinfo.h"
#include "kernel/cpu/acpi.h"
#include "kernel/cpu/apic.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/patch.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/serial.h"
#include "kernel/lib/string.h"
#include "kernel/mm/fault.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/vmap.h"
#include "kernel/sched/sched.h"
#include "kernel/time/tick.h"
#include "kernel/time/time_init.h"

extern char kernel_start[], kernel_text_end[];
extern char boot_stack[], boot_tables[], boot_tables_end[];
extern const struct patch patch_start[], patch_end[];

static struct boot_info boot_info;
static struct cpu first_cpu;
static char early_interrupt_stack[PAGE_SIZE]
	__attribute__((aligned(PAGE_SIZE)));

/* Called by boot.asm, interrupts off, on the boot stack. */
_Noreturn void kernel_main(uint32_t magic, uint32_t tables);

/* Physical memory as boot.asm's tables show it: the first 4 GiB. */
static const void *at_early(paddr_t address, size_t size)
{
	if (address >= 1ul << 32 || size > (1ul << 32) - address)
		return NULL;
	return phys_to_virt(address);
}

/* The first CPU, before there is memory for stacks of its own. */
static void cpu_init_early(void)
{
	cpu_features_init();
	fpu_init();
	trap_init();
	for (enum ist ist = IST_DOUBLE_FAULT; ist < IST_COUNT; ist++)
		cpu_set_interrupt_stack(&first_cpu, ist, early_interrupt_stack);
	cpu_init(&first_cpu);
	cpu_count = 1;
}

static void interrupt_stacks_init(struct cpu *cpu)
{
	for (enum ist ist = IST_DOUBLE_FAULT; ist < IST_COUNT; ist++) {
		void *stack = vmap_alloc(PAGE_SIZE);

		if (!stack)
			panic("no memory for interrupt stacks");
		cpu_set_interrupt_stack(cpu, ist, stack);
	}
}

void kernel_main(uint32_t magic, uint32_t tables)
{
	serial_init(SERIAL_COM1);
	cpu_init_early();
	if (bootinfo_read(&boot_info, magic, tables, at_early))
		panic("the loader left no memory map");
	kprintf(" Colonel, booted by %s\n", boot_info.loader);
	acpi_init(boot_info.rsdp, at_early);
	time_init_early();

	patch_apply(patch_start, patch_end, kernel_start, kernel_text_end);
	frame_init(&boot_info);
	pagetable_init(&boot_info);
	kmalloc_init();
	fault_init();
	interrupt_stacks_init(&first_cpu);
	frame_release_range(virt_to_phys(boot_tables),
			    virt_to_phys(boot_tables_end));
	kprintf("memory: %zu of %zu KiB free\n", frame_count_free() * 4,
		frame_count_total() * 4);

	sched_init(boot_stack);
	if (apic_init(vmap_device))
		panic("no APIC found: Colonel needs one");
	apic_init_cpu();
	tick_init();
	time_init_late();
	kprintf("idle\n");
	sched_idle();
}
