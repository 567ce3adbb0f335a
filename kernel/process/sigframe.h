/*
 * The frame on the user's stack that a handler starts with, and the way back.
 * Its layout is Linux's to the byte.
 */
#ifndef KERNEL_PROCESS_SIGFRAME_H
#define KERNEL_PROCESS_SIGFRAME_H

#include "kernel/abi/signal.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/hook.h"

/*
 * Writes a frame on the user's stack and makes `tf` start the handler; `mask` is
 * what rt_sigreturn(2) will restore. Returns 0, or -EFAULT without room, when
 * `tf` is as it was.
 */
int sigframe_build(struct trapframe *tf, const struct kernel_sigaction *action,
		   const siginfo_t *info, sigset_t mask);

/*
 * rt_sigreturn(2): takes all registers from the frame at the user's RSP. Returns
 * 0, or -EFAULT if the frame cannot be read or would harm the kernel: the caller
 * must then force SIGSEGV before the thread can return to ring 3.
 */
int sigframe_restore(struct trapframe *tf);

/*
 * Raised before a frame of at most `size` bytes is made for a handler with these
 * flags. A part that knows of alternate stacks may put the frame elsewhere than
 * below *sp, or set that to 0 if there is no room; *stack is what the frame
 * says of such a stack. `rsp` is the program's stack pointer.
 */
HOOK_EVENT(signal_stack, uint64_t rsp, uint64_t flags, size_t size,
	   uint64_t *sp, stack_t *stack);

/* Raised by rt_sigreturn(2), with the stack pointer to return to and the
 * alternate stack to restore. */
HOOK_EVENT(signal_returns, uint64_t sp, const stack_t *stack);

#endif
