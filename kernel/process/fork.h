/*
 * New processes and threads.
 */
#ifndef KERNEL_PROCESS_FORK_H
#define KERNEL_PROCESS_FORK_H

#include "kernel/abi/sched.h"
#include "kernel/process/process.h"

/*
 * Makes a child of the current task. clone3(2) with the fields that are
 * implemented: flags, child_tid, parent_tid, exit_signal, stack (+ stack_size:
 * its top, 0: the parent's), tls. Returns the new thread's number, or -EINVAL,
 * -EAGAIN, -ENOMEM, -EPERM, -ERESTARTNOINTR.
 */
long fork_clone(const struct clone_args *args);

/* The CLONE_* flags that the kernel knows. */
extern uint64_t fork_flags;

/*
 * Raised when the child's task is empty: a part may let it share the process,
 * the descriptors or the working directory of the current task, with a
 * reference; what is still NULL afterwards is copied. It may set *error.
 */
HOOK_EVENT(task_cloned, struct task *child, const struct clone_args *args,
	   int *error);

/* Raised when a new process has entered the tree. process_lock is held. */
HOOK_EVENT(child_linked, struct process *child, const struct clone_args *args);

#endif
