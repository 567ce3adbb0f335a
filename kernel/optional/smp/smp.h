/* How the tasks are shared among several CPUs: balance.c. How they forget
 * translations: shootdown.c. */
#ifndef KERNEL_OPTIONAL_SMP_SMP_H
#define KERNEL_OPTIONAL_SMP_SMP_H

struct cpu;

/* Before the other CPUs start; and for each of them, its idle task. Panics when
 * out of memory. */
void balance_init(void);
void shootdown_init(void);
void balance_new_cpu(struct cpu *cpu);

#endif
