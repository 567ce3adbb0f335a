/*
 * What the CPU can do. The first CPU reads it from CPUID once; all CPUs are taken
 * to be like it.
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
	CPU_INVARIANT_TSC,
	CPU_TCG,           /* QEMU emulates the machine */
	CPU_LFENCE_ORDERS, /* AMD: LFENCE always waits for all before it */
};

/* Reads CPUID. Must be called before the functions below. */
void cpu_features_init(void);

bool cpu_has(enum cpu_feature feature);

/* Returns EDX of CPUID leaf 1, which programs get as AT_HWCAP. */
uint32_t cpu_hwcap(void);

#endif
