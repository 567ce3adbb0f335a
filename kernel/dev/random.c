/*
 * Random bytes: ChaCha20 (RFC 8439) with fast key erasure, seeded from RDRAND
 * where the CPU has it and from the jitter of the time-stamp counter.
 */
#include "kernel/dev/random.h"

#include <stdint.h>

#include "kernel/cpu/spinlock.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

#define KEY_BYTES    32
#define BLOCK_BYTES  64
#define POOL_BLOCKS  8
#define POOL_BYTES   (POOL_BLOCKS * BLOCK_BYTES)
#define CPUID_RDRAND (1u << 30) /* leaf 1, ECX */

/* Under `lock`. The pool's first bytes become the next key at once; the rest
 * is given out once and wiped. */
static struct spinlock lock = SPINLOCK_INIT(RANK_DEVICE);
static uint32_t key[KEY_BYTES / 4];
static uint32_t pool[POOL_BYTES / 4];
static size_t pool_left;

static inline uint32_t rotate(uint32_t x, unsigned bits)
{
	return x << bits | x >> (32 - bits);
}

/* Inline, so that the block stays in registers. */
static inline __attribute__((always_inline)) void quarter_round(uint32_t *x,
								int a, int b,
								int c, int d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

/* Makes one block of key stream. The nonce is 0, because no key is used twice. */
static void chacha_block(uint32_t *out, uint32_t counter)
{
	uint32_t start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint32_t x[16];

	memcpy(start + 4, key, sizeof(key));
	start[12] = counter;
	memcpy(x, start, sizeof(x));
	for (int i = 0; i < 10; i++) {
		quarter_round(x, 0, 4, 8, 12);
		quarter_round(x, 1, 5, 9, 13);
		quarter_round(x, 2, 6, 10, 14);
		quarter_round(x, 3, 7, 11, 15);
		quarter_round(x, 0, 5, 10, 15);
		quarter_round(x, 1, 6, 11, 12);
		quarter_round(x, 2, 7, 8, 13);
		quarter_round(x, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++)
		out[i] = x[i] + start[i];
}

/* Makes a fresh pool, and a fresh key of its beginning. The lock is held. */
static void random_refill(void)
{
	for (uint32_t i = 0; i < POOL_BLOCKS; i++)
		chacha_block(pool + i * BLOCK_BYTES / 4, i);
	memcpy(key, pool, KEY_BYTES);
	memset(pool, 0, KEY_BYTES);
	pool_left = POOL_BYTES - KEY_BYTES;
}

void random_bytes(void *to, size_t size)
{
	uint8_t *out = to;

	while (size) {
		uint64_t flags = spin_lock_irqsave(&lock);
		uint8_t *bytes;
		size_t chunk;

		if (!pool_left)
			random_refill();
		chunk = MIN(size, pool_left);
		bytes = (uint8_t *)pool + POOL_BYTES - pool_left;
		memcpy(out, bytes, chunk);
		memset(bytes, 0, chunk);
		pool_left -= chunk;
		spin_unlock_irqrestore(&lock, flags);
		out += chunk;
		size -= chunk;
	}
}

/* Returns a word of the CPU's own generator, or 0 if it has none or gave up. */
static uint64_t rdrand(void)
{
	uint64_t value = 0;
	bool ok = false;

	if (!(cpuid(1, 0).ecx & CPUID_RDRAND))
		return 0;
	for (int tries = 0; tries < 10 && !ok; tries++)
		__asm__ volatile("rdrand %0"
				 : "=r"(value), "=@ccc"(ok)
				 :
				 : "cc");
	return ok ? value : 0;
}

/* Every measurement goes into the key, which then changes all of itself. */
void random_seed(unsigned rounds)
{
	uint64_t flags = spin_lock_irqsave(&lock);

	while (rounds--) {
		/* how long a CPUID takes is hardly ever the same twice */
		uint64_t word = (rdtsc() + cpuid(0, 0).eax) ^ rdrand();

		key[0] ^= (uint32_t)word;
		key[1] ^= (uint32_t)(word >> 32);
		random_refill();
	}
	spin_unlock_irqrestore(&lock, flags);
}
