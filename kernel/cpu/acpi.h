/*
 * What the firmware's ACPI tables say of CPUs, interrupt lines and timers
 * (ACPI 6.4, 5.2). Tables only: no AML.
 */
#ifndef KERNEL_CPU_ACPI_H
#define KERNEL_CPU_ACPI_H

#include "kernel/lib/types.h"

#define ACPI_MAX_CPUS 64
#define ACPI_ISA_IRQS 16

extern struct acpi_info {
	/* From the MADT. */
	paddr_t local_apic;    /* its registers, on each CPU; 0: none */
	paddr_t io_apic;       /* registers of the first one; 0: none */
	uint32_t io_apic_base; /* its first global interrupt */
	unsigned cpu_count;    /* CPUs in apic_ids[] */
	uint32_t apic_ids[ACPI_MAX_CPUS]; /* numbers of their local APICs */
	struct acpi_isa_irq {
		uint32_t line;   /* global interrupt of this ISA interrupt */
		bool active_low; /* its polarity */
		bool level;      /* level-triggered, not by the edge */
	} isa[ACPI_ISA_IRQS];

	/* From the FADT. */
	uint16_t pm_timer_port; /* of the ACPI timer; 0: none */
	bool pm_timer_32bit;    /* it counts in 32 bits, else in 24 */

	/* From the HPET's table. */
	paddr_t hpet; /* its registers; 0: none */
} acpi_info;

/*
 * Reads the tables that the RSDP at physical address `rsdp` leads to; damaged
 * ones count as absent. `at` gives access to physical memory, and returns NULL
 * where there is none.
 */
void acpi_init(paddr_t rsdp, const void *(*at)(paddr_t address, size_t size));

#endif
