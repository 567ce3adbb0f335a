/*
 * What the files of this part need of each other: how the tasks are shared among
 * several CPUs (balance.c), how these forget translations (shootdown.c), and how
 * one interrupts another (ipi.c).
 */
#ifndef KERNEL_OPTIONAL_SMP_SMP_H
#define KERNEL_OPTIONAL_SMP_SMP_H

#include <stdint.h>

#include "kernel/lib/types.h"

struct cpu;

/* Called before the other CPUs start. */
void balance_init(void);
void shootdown_init(void);
void ipi_init(void);

/* Makes the idle task of a CPU that will start. Gives up when out of memory. */
void balance_new_cpu(struct cpu *cpu);

/* Interrupts another CPU with `vector`. */
void ipi_send(const struct cpu *cpu, unsigned vector);

/* Start a CPU, which is known by its local APIC's number (SDM 3A 8.4.4): INIT,
 * then the start-up interrupt, which makes it run the code in `page`. */
void ipi_send_init(uint32_t apic);
void ipi_send_start(uint32_t apic, paddr_t page);

#endif
