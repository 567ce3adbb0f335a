/*
 * What poll(2) and ppoll(2) have in common.
 */
#ifndef KERNEL_SYS_POLL_H
#define KERNEL_SYS_POLL_H

#include "kernel/lib/types.h"

/* poll(2) with the struct pollfds at `address` and a deadline in nanoseconds
 * of CLOCK_MONOTONIC (UINT64_MAX: none). */
long poll_user(uaddr_t address, unsigned count, uint64_t deadline);

#endif
