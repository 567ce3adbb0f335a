/*
 * Optional part: programs with several threads.
 *
 * clone(2) lets processes and threads share descriptors, the working directory
 * and signal handlers; a signal goes to one thread of several; exit_group(2) and
 * execve(2) end the other threads. A futex (futex(2)) is a word in user memory
 * on which a thread sleeps until another thread says that the word has changed:
 * locks, condition variables and joins of threads are made of it. The part also
 * has robust lists (the locks of a thread that ends are given back), the word
 * that becomes 0 when a thread ends (set_tid_address(2)), and clone3(2).
 *
 * Without it each process has one thread: there is no pthread_create(), no
 * program in Go or Java. Programs of one thread miss nothing. It needs no other
 * part.
 */
#ifndef KERNEL_OPTIONAL_THREADS_FUTEX_H
#define KERNEL_OPTIONAL_THREADS_FUTEX_H

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
