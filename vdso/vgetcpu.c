/*
 * getcpu(): on which CPU and node the caller runs, or ran a moment ago. Each
 * CPU's descriptor table has a segment whose limit says so, and any program can
 * load that limit by LSL. A newer CPU has the number in a register that RDPID
 * reads.
 */
#include "kernel/abi/patch.h"
#include "vdso/vdso.h"

/* 0x7b: GDT entry 15, privilege 3, as on Linux; its limit: node << 12 | cpu. */
#define CPU_AND_NODE                                    \
	PATCHABLE("mov $0x7b, %%eax; lsl %%eax, %%eax", \
		  "rdpid %%rax; nopl (%%rax)")

/* The third argument was a cache once; it is not used any more. */
notrace long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	uint64_t limit;

	(void)unused;
	__asm__ volatile(CPU_AND_NODE
			 : "=a"(limit)
			 : [feature] "i"(PATCH_RDPID)
			 : "cc");
	/* in this order no slower than Linux's own, on AMD either */
	if (node)
		*node = (uint32_t)limit >> 12;
	if (cpu)
		*cpu = limit & 0xfff;
	return 0;
}

long getcpu(unsigned *cpu, unsigned *node, void *unused)
	__attribute__((weak, alias("__vdso_getcpu")));
