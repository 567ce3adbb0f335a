/*
 * The local APIC (timer, end of interrupt) and the I/O APIC (device lines). SDM
 * 3A 10; Intel 82093AA.
 */
#ifndef KERNEL_CPU_APIC_H
#define KERNEL_CPU_APIC_H

#include "kernel/lib/types.h"

/*
 * Masks the old 8259s and maps both APICs by `map_device`, which mm/ has.
 * -ENODEV: no ACPI table says where they are; -ENOMEM.
 */
int apic_init(void *(*map_device)(paddr_t address, size_t size));
void apic_init_cpu(void);

/* Acknowledges the interrupt that is being handled. */
void apic_eoi(void);

/* The number of this CPU's local APIC. */
unsigned apic_id(void);

/* Read and write the local APIC's register at a byte offset (SDM 3A 10.4). */
uint32_t apic_read(unsigned reg);
void apic_write(unsigned reg, uint32_t value);

/*
 * Routes ISA interrupt `irq` (0 … 15) to this CPU and `handler`, and unmasks
 * it. The handler need not acknowledge.
 */
void irq_install(unsigned irq, void (*handler)(void));

/*
 * The local timer counts down from `count`, at a 16th of the bus clock, then
 * interrupts VECTOR_TIMER, once. apic_timer_count() is what is left.
 */
void apic_timer_start(uint32_t count);
uint32_t apic_timer_count(void);

#endif
