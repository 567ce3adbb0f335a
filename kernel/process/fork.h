/*
 * New processes and threads.
 */
#ifndef KERNEL_PROCESS_FORK_H
#define KERNEL_PROCESS_FORK_H

#include "kernel/abi/sched.h"
#include "kernel/process/process.h"

/*
 * clone3(2) with the fields that are implemented: flags, child_tid,
 * parent_tid, exit_signal, stack (+ stack_size: its top, 0: the parent's), tls.
 * The new thread's number, or -EINVAL, -EAGAIN, -ENOMEM, -EPERM,
 * -ERESTARTNOINTR.
 */
long fork_clone(const struct clone_args *args);

#endif
