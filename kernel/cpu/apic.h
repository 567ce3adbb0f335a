/*
 * Local APIC (timer, end of interrupt, interprocessor interrupts) and I/O APIC
 * (device lines). SDM 3A 10; Intel 82093AA.
 */
#ifndef KERNEL_CPU_APIC_H
#define KERNEL_CPU_APIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

/*
 * Masks the old 8259s and maps both APICs by `map_device`, which mm/ has.
 * -ENODEV: no ACPI table says where they are; -ENOMEM.
 */
int apic_init(void *(*map_device)(paddr_t address, size_t size));
void apic_init_cpu(void);

void apic_eoi(void);
unsigned apic_id(void);

/* Interrupts `vector` on CPU number `cpu`. */
void apic_send(unsigned cpu, unsigned vector);

/* Start another CPU, known by its local APIC's number (SDM 3A 8.4.4): INIT,
 * then the start-up interrupt that makes it run the code in `page`. */
void apic_send_init(uint32_t apic);
void apic_send_start(uint32_t apic, paddr_t page);

/* A non-maskable interrupt to all other CPUs; nothing before apic_init(). */
void apic_send_nmi_to_others(void);

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
