/*
 * a * b / c with the full product, rounded down; UINT64_MAX where that does
 * not fit.  The kernel has no library for divisions of 128 bits.
 */
#ifndef KERNEL_TIME_MUL_DIV_H
#define KERNEL_TIME_MUL_DIV_H

#include <stdint.h>

static inline uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	uint64_t low = product, high = product >> 64;

	if (high >= c)
		return UINT64_MAX;
	__asm__("divq %[c]" : "+a"(low), "+d"(high) : [c] "r"(c) : "cc");
	return low;
}

#endif
