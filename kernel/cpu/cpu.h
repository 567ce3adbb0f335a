/*
 * What the CPU can do: read once from CPUID by the first CPU, and set up on
 * each. A machine whose CPUs differ gets what the first has.
 */
#ifndef KERNEL_CPU_CPU_H
#define KERNEL_CPU_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum cpu_feature {
	CPU_SMAP,
	CPU_RDTSCP,
	CPU_RDPID,
	CPU_SMEP,
	CPU_UMIP,
	CPU_NX,
	CPU_SYSCALL,
	CPU_XSAVE,
	CPU_GB_PAGES,
	CPU_INVARIANT_TSC,
	CPU_TCG,           /* QEMU emulates the machine */
	CPU_LFENCE_ORDERS, /* AMD: LFENCE always waits for all before it */
};

/* Reads CPUID. Before all else that asks. */
void cpu_features_init(void);

bool cpu_has(enum cpu_feature feature);

/* Low word of CPUID leaf 1's EDX: AT_HWCAP. */
uint32_t cpu_hwcap(void);

#endif
