/*
 * Optional part: what programs with several threads need beyond clone(2).
 *
 * A futex (futex(2)) is a word in user memory on which a thread sleeps until
 * another thread says that the word has changed. Locks, condition variables
 * and joins of threads are made of it. The part also has robust lists (the
 * locks of a thread that ends are given back), the word that becomes 0 when a
 * thread ends (set_tid_address(2)), and clone3(2).
 *
 * Without it there is no pthread_join(), no mutex that is waited for, no
 * program in Go or Java; programs of one thread miss nothing. It needs no
 * other part.
 */
#ifndef KERNEL_OPTIONAL_FUTEX_FUTEX_H
#define KERNEL_OPTIONAL_FUTEX_FUTEX_H

#include <stdbool.h>

#include "kernel/lib/types.h"

/*
 * Whose word it is. `shared`: it may lie in memory that other processes map
 * elsewhere. Addresses that are no multiple of 4 are -EINVAL, those outside
 * ring 3's half or (shared) without memory -EFAULT, for each function below.
 */
struct futex {
	uaddr_t address;
	bool shared;
};

/*
 * Sleeps if the word still is `value`, until woken by one of the bits of
 * `bitset`, or `clock` shows `deadline` (ns; UINT64_MAX: never). 0; -EAGAIN:
 * another value; -ETIMEDOUT, -EINTR.
 */
int futex_wait(struct futex futex, uint32_t value, uint32_t bitset, int clock,
	       uint64_t deadline);

/* Wakes up to `count` sleepers, but one if there is one: how many. */
int futex_wake(struct futex futex, int count, uint32_t bitset);

/*
 * Wakes up to `count` sleepers and lets up to `more` others wait for `to`. With
 * `expected`, if the word is that; else -EAGAIN. How many of both.
 */
int futex_requeue(struct futex from, struct futex to, int count, int more,
		  const uint32_t *expected);

#endif
