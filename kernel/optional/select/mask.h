/*
 * The signal mask that ppoll(2) and its kin have for the time of one call.
 */
#ifndef KERNEL_OPTIONAL_SELECT_MASK_H
#define KERNEL_OPTIONAL_SELECT_MASK_H

#include "kernel/lib/types.h"

/*
 * Puts the mask at the address `mask` in place; 0 means no change. Returns 0,
 * -EFAULT or -EINVAL. end_mask() must follow. It puts the old mask back and
 * returns `result`; after -EINTR the old mask comes back with the handler that
 * runs first.
 */
int begin_mask(uaddr_t mask, size_t size);
long end_mask(long result);

#endif
