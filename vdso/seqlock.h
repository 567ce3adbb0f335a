/*
 * One writer, many readers who never wait for it and never write: a sequence
 * lock.  The writer counts `begin` up, changes the data, counts `end` up.  A
 * reader looks at `end` first and at `begin` last; if they are equal, no
 * change began before it was done.  Two counters, where one that is odd while
 * the data change would do: so the reader has one test less.
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
 * True: the data changed meanwhile; forget them.
 *
 * They are plain loads, which the compiler may fold into its instructions and
 * even tear, for what is torn is thrown away.  It must not load them after
 * `begin`, and C's acquire fence would not forbid that, since it speaks of
 * atomic loads only (clang does it): hence a barrier for the compiler.  x86
 * itself keeps loads in order.  `begin` is a plain load too, as an operand of
 * the comparison.
 */
static inline bool seq_read_retry(const struct seqlock *seq, uint32_t end)
{
	__asm__ volatile("" : : : "memory");
	return seq->begin != end;
}

/*
 * Only one writer at a time, and none in an interrupt of another.
 *
 * A full fence, not only a store barrier: the counter that the writer samples
 * next must be read when all CPUs can see that the section is open.  Otherwise
 * a reader could use the old rate past that point, and the next one step back.
 */
static inline void seq_write_begin(struct seqlock *seq)
{
	__atomic_store_n(&seq->begin, seq->begin + 1, __ATOMIC_RELAXED);
	__asm__ volatile("mfence" : : : "memory");
}

static inline void seq_write_end(struct seqlock *seq)
{
	/* release: who sees this sees all the changes */
	__atomic_store_n(&seq->end, seq->begin, __ATOMIC_RELEASE);
}

#endif
