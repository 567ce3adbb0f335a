/*
 * FPU state (SDM 1 13). An area is in XSAVE's standard format, or FXSAVE's,
 * which is its first 512 bytes.
 */
#include "kernel/cpu/fpu.h"

#include <stdbool.h>

#include "kernel/abi/errno.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

#define XCR0_X87 (1ul << 0)
#define XCR0_SSE (1ul << 1)
#define XCR0_AVX (1ul << 2)

#define FXSAVE_SIZE   512
#define MXCSR_DEFAULT 0x1f80

/* The start of both formats, and XSAVE's header (SDM 1 13.4). */
struct fpu_area {
	uint16_t control, status;
	uint8_t tag, reserved;
	uint16_t opcode;
	uint64_t ip, dp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t registers[FXSAVE_SIZE - 32];
	uint64_t xstate_bv, xcomp_bv;
	uint64_t header_reserved[6];
	uint8_t extended[];
};

static size_t size = FXSAVE_SIZE;
uint64_t fpu_mask;
static uint32_t mxcsr_bits; /* that LDMXCSR takes */

void fpu_init(void)
{
	struct fpu_area area __attribute__((aligned(16))) = { 0 };

	if (cpu_has(CPU_XSAVE)) {
		uint64_t known = cpuid(13, 0).eax;

		fpu_mask = known & (XCR0_X87 | XCR0_SSE | XCR0_AVX);
		size = fpu_mask & XCR0_AVX ? FPU_AREA_MAX : FXSAVE_SIZE + 64;
	}
	__asm__ volatile("fxsave64 %0" : "=m"(area));
	mxcsr_bits = area.mxcsr_mask ? area.mxcsr_mask : 0xffbf;
}

void fpu_init_cpu(void)
{
	if (fpu_mask)
		__asm__ volatile("xsetbv"
				 :
				 : "c"(0), "a"((uint32_t)fpu_mask), "d"(0));
}

size_t fpu_size(void)
{
	return size;
}

/* The bits of an exception in MXCSR and in the x87 status word, by priority. */
static const struct {
	uint32_t bits;
	int code;
} float_errors[] = {
	{ 0x01, FPE_FLTINV }, { 0x04, FPE_FLTDIV }, { 0x08, FPE_FLTOVF },
	{ 0x12, FPE_FLTUND }, { 0x20, FPE_FLTRES },
};

int fpu_signal_code(bool x87)
{
	uint16_t status, control;
	uint32_t mxcsr, raised;
	size_t i = 0;

	if (x87) {
		__asm__ volatile("fnstsw %0" : "=m"(status));
		__asm__ volatile("fnstcw %0" : "=m"(control));
		raised = status & ~control;
	} else {
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		raised = mxcsr & ~(mxcsr >> 7); /* flags that are not masked */
	}
	while (i < ARRAY_SIZE(float_errors) - 1 &&
	       !(raised & float_errors[i].bits))
		i++;
	return float_errors[i].code;
}

void fpu_area_init(void *pointer)
{
	struct fpu_area *area = pointer;

	memset(area, 0, size);
	area->control = 0x37f;
	area->mxcsr = MXCSR_DEFAULT;
	area->mxcsr_mask = mxcsr_bits;
	if (fpu_mask)
		area->xstate_bv = XCR0_X87 | XCR0_SSE;
}

int fpu_area_sanitize(void *pointer)
{
	struct fpu_area *area = pointer;

	if (area->mxcsr & ~mxcsr_bits)
		return -EINVAL;
	if (!fpu_mask)
		return 0;
	if (area->xstate_bv & ~fpu_mask || area->xcomp_bv ||
	    area->header_reserved[0])
		return -EINVAL;
	memset(area->header_reserved, 0, sizeof(area->header_reserved));
	return 0;
}
