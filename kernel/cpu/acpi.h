/*
 * What the firmware's ACPI tables say of CPUs, interrupt lines and timers
 * (ACPI 6.4, 5.2). Tables only: no AML.
 */
#ifndef KERNEL_CPU_ACPI_H
#define KERNEL_CPU_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

#define ACPI_MAX_CPUS 64
#define ACPI_ISA_IRQS 16

extern struct acpi_info {
	bool present;

	/* MADT */
	paddr_t local_apic;
	paddr_t io_apic;
	uint32_t io_apic_base; /* first global interrupt of the I/O APIC */
	unsigned cpu_count;
	uint32_t apic_ids[ACPI_MAX_CPUS];
	struct acpi_isa_irq {
		uint32_t line; /* global interrupt of this ISA IRQ */
		bool active_low, level;
	} isa[ACPI_ISA_IRQS];

	/* FADT */
	uint16_t pm_timer_port; /* 0: none */
	bool pm_timer_32bit;    /* else 24 */

	/* HPET */
	paddr_t hpet; /* 0: none */
} acpi_info;

/*
 * Reads the tables from `rsdp`, or searches the BIOS area where it is 0.
 * Damaged tables count as absent. `at` gives access to physical memory, NULL
 * where there is none.
 */
void acpi_init(paddr_t rsdp, const void *(*at)(paddr_t address, size_t size));

#endif
