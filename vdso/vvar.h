/*
 * The data page, which the kernel writes and the vDSO's functions read. The
 * kernel writes it as vvar_k, in kernel/time/vvar.c and nowhere else; programs
 * see it, read-only, right below the image, as vvar_u (linker/vdso.lds.S). Only
 * the functions are the ABI: this layout may change with each kernel.
 */
#ifndef VDSO_VVAR_H
#define VDSO_VVAR_H

#define VVAR_SIZE 4096 /* whole pages; linker/vdso.lds.S includes this */

#ifndef __ASSEMBLER__

#include "vdso/seqlock.h"

/*
 * Two clocks that run on one counter, in one cache line: all that a reader of
 * either needs.  When the counter showed `cycles`, clock `slot` showed
 * sec[slot] seconds and nsec[slot] / 2^32 nanoseconds (vdso/instant.h).
 */
struct vvar_clocks {
	struct seqlock seq;
	uint64_t cycles; /* counter at the last update */
	uint64_t mult;   /* nanoseconds in a cycle, times 2^32 */
	uint64_t limit;  /* cycles until a clock of the line begins its next
			  * second; 0: the counter must not be used */
	uint64_t sec[2];
	uint64_t nsec[2]; /* times 2^32, below a second */
} __attribute__((aligned(64)));

/* Which clocks share a line; the first has slot 0. */
enum vvar_line {
	VVAR_BASIC,    /* CLOCK_REALTIME, CLOCK_MONOTONIC: slot = number */
	VVAR_BOOT_TAI, /* CLOCK_BOOTTIME, CLOCK_TAI */
	VVAR_RAW,      /* CLOCK_MONOTONIC_RAW; slot 1 is not used */
	VVAR_LINES,
};

/* Fixed-width fields, no pointers: a 32-bit program could read the page. */
struct vvar {
	int32_t vnotb;       /* the number of the beast */
	int32_t minuteswest; /* struct timezone, as settimeofday() set it */
	int32_t dsttime;
	uint32_t tick_ns;  /* resolution of the coarse clocks */
	uint64_t features; /* CAPABILITY_* */

	/* How often the kernel's random numbers have been seeded: a key that
	 * a program got earlier is out of date. 0: ask the kernel. */
	uint64_t random_generation;

	struct vvar_clocks clocks[VVAR_LINES];
} __attribute__((aligned(VVAR_SIZE)));

/*
 * Not const, although it is not written here: the compiler may assume that a
 * const object never changes, and load it when it likes, even after the test
 * that tells whether what was loaded is good.
 */
extern struct vvar vvar_u __attribute__((visibility("hidden")));

#endif
#endif
