/*
 * Sums and products of numbers that a program chose, for which the largest
 * number is as good as any larger one: a time that never comes, a file's end.
 */
#ifndef KERNEL_LIB_SATURATE_H
#define KERNEL_LIB_SATURATE_H

#include <stdint.h>

/* Returns a + b, or UINT64_MAX if the sum is larger. */
static inline uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Returns a * b, or UINT64_MAX if the product is larger. */
static inline uint64_t mul_saturated(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* Returns a * b / c, rounded down, or UINT64_MAX if that is larger. The product
 * has 128 bits, and the kernel has no library that divides these. */
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
