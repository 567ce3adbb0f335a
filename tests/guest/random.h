/*
 * Random numbers that a seed gives again: xorshift64* (Vigna 2016). The state
 * is a program's own, and each child's after fork.
 */
#ifndef TESTS_GUEST_RANDOM_H
#define TESTS_GUEST_RANDOM_H

#include <stdint.h>

static uint64_t random_state = 1; /* the seed: anything but 0 */

static inline uint64_t random_number(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

#endif
