/*
 * Arrays of bits in 64-bit words, bit 0 the lowest of word 0.  Not atomic:
 * locking is the caller's.  The bits behind `nbits` in the last word may be
 * anything.
 */
#ifndef KERNEL_LIB_BITMAP_H
#define KERNEL_LIB_BITMAP_H

#include "kernel/lib/types.h"

#define BITMAP_WORDS(nbits) (((nbits) + 63) / 64)
#define BITMAP(name, nbits) uint64_t name[BITMAP_WORDS(nbits)]

static inline bool bitmap_test(const uint64_t *map, size_t bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static inline void bitmap_set(uint64_t *map, size_t bit)
{
	map[bit / 64] |= 1UL << (bit % 64);
}

static inline void bitmap_clear(uint64_t *map, size_t bit)
{
	map[bit / 64] &= ~(1UL << (bit % 64));
}

/*
 * Returns the first bit at or after `start` that is set, or not set, as `value`
 * says; `nbits` if there is none. Other bits are passed over by the word.
 */
static inline size_t bitmap_next(const uint64_t *map, size_t nbits,
				 size_t start, bool value)
{
	while (start < nbits) {
		uint64_t word = value ? map[start / 64] : ~map[start / 64];

		word >>= start % 64;
		if (word)
			return MIN(start + (size_t)__builtin_ctzl(word), nbits);
		start = ALIGN_DOWN(start, 64) + 64;
	}
	return nbits;
}

#endif
