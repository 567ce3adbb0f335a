/*
 * Random bytes that cannot be guessed: for addresses, AT_RANDOM, getrandom(2)
 * and /dev/urandom. ChaCha20 whose key is replaced by its own output at each
 * use, so what was given out cannot be found again.
 */
#ifndef KERNEL_DEV_RANDOM_H
#define KERNEL_DEV_RANDOM_H

#include <stddef.h>

/* Seeds the generator, before the first random_bytes() and again later. Each round
 * takes what the CPU's own generator and the time a CPUID takes can give, 64 bits at
 * most. It may be called in any context but an NMI. */
#define RANDOM_ROUNDS 16
void random_seed(unsigned rounds);

/* Makes `size` random bytes. It may be called in any context but an NMI. */
void random_bytes(void *to, size_t size);

#endif
