/*
 * Random bytes that nobody can guess: for addresses, AT_RANDOM, getrandom(2)
 * and /dev/urandom. ChaCha20 whose key is replaced by its own output at each
 * use, so what was given out cannot be found again.
 */
#ifndef KERNEL_DEV_RANDOM_H
#define KERNEL_DEV_RANDOM_H

#include <stddef.h>

/* Seeds the generator. Before anybody asks. */
void random_init(void);

/* `size` random bytes. Any context but NMI. */
void random_bytes(void *to, size_t size);

#endif
