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

#endif
