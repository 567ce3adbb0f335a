/*
 * Futexes (futex(2)): sleeping until another thread says that a word in user
 * memory has changed. All that locks, condition variables and joins of threads
 * need from the kernel.
 */
#ifndef KERNEL_PROCESS_FUTEX_H
#define KERNEL_PROCESS_FUTEX_H

#include <stdbool.h>

#include "kernel/lib/types.h"

struct task;

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

/* The current thread leaves its address space: the robust futexes that it
 * holds are marked and handed on. */
void futex_release_robust(struct task *task);

#endif
