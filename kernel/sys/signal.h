/*
 * System calls about signals.
 */
#ifndef KERNEL_SYS_SIGNAL_H
#define KERNEL_SYS_SIGNAL_H

#include "kernel/lib/types.h"

/*
 * The signal mask that ppoll and its like take for their time: 0, -EFAULT,
 * -EINVAL; `mask` 0 is none. end_mask() is due afterwards, and hands through
 * the call's result: after -EINTR the handler that runs first takes it off.
 */
int begin_mask(uaddr_t mask, size_t size);
long end_mask(long result);

#endif
