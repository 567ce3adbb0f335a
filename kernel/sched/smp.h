/*
 * The other CPUs: starting them, and stopping them when the kernel gives up.
 */
#ifndef KERNEL_SCHED_SMP_H
#define KERNEL_SCHED_SMP_H

#include "kernel/lib/types.h"

/*
 * Starts the CPUs that the ACPI tables tell of. `page` is a frame for
 * boot/ap.asm, below 1 MiB or nothing is started. Each new CPU, interrupts
 * off, raises cpus_meet, as the first CPU does meanwhile, and calls `start_tick`
 * before it looks for work. One that does not answer is reported and left out.
 */
void smp_init(paddr_t page, void (*start_tick)(void));

/* balance.c: before the other CPUs start; and for each, its idle task. */
struct cpu;
void balance_init(void);
void balance_new_cpu(struct cpu *cpu);

/* Stacks of its own for the interrupts that need them; panics without. */
void smp_interrupt_stacks(struct cpu *cpu);

#endif
