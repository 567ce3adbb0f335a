/*
 * A sequence lock: one writer, and readers that never write and never make it
 * wait. The writer counts `begin` up, changes the data, counts `end` up. A
 * reader loads `end` first and `begin` last; if they are equal, no change began
 * before the reader was done. One counter that is odd during a change would do,
 * but with two the reader has one test less.
 */
#ifndef VDSO_SEQLOCK_H
#define VDSO_SEQLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct seqlock {
	uint32_t begin; /* changes begun */
	uint32_t end;   /* changes done; differs from `begin` during one */
};

static inline uint32_t seq_read_begin(const struct seqlock *seq)
{
	/* acquire: the data are loaded after this */
	return __atomic_load_n(&seq->end, __ATOMIC_ACQUIRE);
}

/*
 * Returns true if the data changed meanwhile: what was loaded must be dropped.
 *
 * The data are plain loads, which the compiler may merge and even tear, since
 * torn data are dropped. It must not load them after `begin`. C's acquire fence
 * would not forbid that, because it concerns atomic loads only (clang does it);
 * so there is a barrier for the compiler. x86 itself keeps loads in order.
 * `begin` is a plain load too, as an operand of the comparison.
 */
static inline bool seq_read_retry(const struct seqlock *seq, uint32_t end)
{
	__asm__ volatile("" : : : "memory");
	return seq->begin != end;
}

/*
 * There is only one writer at a time, and none in an interrupt of another.
 *
 * The fence is a full one, not only for stores: the counter that the writer
 * reads next must be read when all CPUs can see that a change is under way.
 * Otherwise a reader could use the old rate beyond that point, and the next
 * reader would see time step back.
 */
static inline void seq_write_begin(struct seqlock *seq)
{
	__atomic_store_n(&seq->begin, seq->begin + 1, __ATOMIC_RELAXED);
	__asm__ volatile("mfence" : : : "memory");
}

static inline void seq_write_end(struct seqlock *seq)
{
	/* release: a CPU that sees this sees all the changes */
	__atomic_store_n(&seq->end, seq->begin, __ATOMIC_RELEASE);
}

#endif
