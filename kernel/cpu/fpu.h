/*
 * x87, SSE and AVX state of tasks: saved and loaded at each switch, never
 * lazily (a lazy switch leaks registers, CVE-2018-3665). XSAVE with x87, SSE
 * and AVX where the CPU has it, else FXSAVE. The kernel itself uses none.
 */
#ifndef KERNEL_CPU_FPU_H
#define KERNEL_CPU_FPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FPU_AREA_MAX 832 /* XSAVE area for XCR0 = 7 (SDM 1 13.4) */

/* Chooses XSAVE or FXSAVE; called once. */
void fpu_init(void);

/* Sets XCR0; called on each CPU. */
void fpu_init_cpu(void);

/* Returns the size of a saved state in bytes. */
size_t fpu_size(void);

/* The parts of the state that XSAVE saves, as in XCR0; 0: FXSAVE is used. */
extern uint64_t fpu_mask;

/* Save the registers to an area, which is aligned to 64 bytes, and load them. */
static inline void fpu_save(void *area)
{
	if (fpu_mask)
		__asm__ volatile("xsave64 (%0)"
				 :
				 : "r"(area), "a"((uint32_t)fpu_mask), "d"(0)
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void fpu_load(const void *area)
{
	if (fpu_mask)
		__asm__ volatile("xrstor64 (%0)"
				 :
				 : "r"(area), "a"((uint32_t)fpu_mask), "d"(0)
				 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/* Returns the si_code of SIGFPE for the unmasked exception that #MF (`x87`) or
 * #XM reports. The task's registers are still loaded. */
int fpu_signal_code(bool x87);

/* Fills an area with the state that a program starts with (System V ABI
 * 3.4.1). */
void fpu_area_init(void *area);

/*
 * Makes an area that came from user memory safe to load. Returns 0, or -EINVAL
 * when XRSTOR would refuse it.
 */
int fpu_area_sanitize(void *area);

#endif
