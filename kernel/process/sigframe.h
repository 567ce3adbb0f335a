/*
 * The frame that a handler starts on, and the way back: Linux's layout to the
 * byte.
 */
#ifndef KERNEL_PROCESS_SIGFRAME_H
#define KERNEL_PROCESS_SIGFRAME_H

#include "kernel/abi/signal.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/hook.h"

/*
 * Writes a frame on the user's stack and makes `tf` start the handler; `mask`
 * is what rt_sigreturn will restore. 0, or -EFAULT: there is no room, and `tf`
 * is as it was.
 */
int sigframe_build(struct trapframe *tf, const struct kernel_sigaction *action,
		   const siginfo_t *info, sigset_t mask);

/*
 * rt_sigreturn(2): takes all registers from the frame at the user's RSP.
 * -EFAULT: it cannot be read, or would harm the kernel; the caller must then
 * force SIGSEGV before the thread can return to ring 3.
 */
int sigframe_restore(struct trapframe *tf);

/* Is `sp` on the alternate stack, and that in use? */
bool sigframe_on_altstack(uint64_t sp);

/* The current thread's alternate stack, as sigaltstack(2) tells a thread whose
 * stack pointer is `sp`. */
stack_t sigframe_altstack(uint64_t sp);

/* Raised by rt_sigreturn(2), with the stack pointer to return to and the
 * alternate stack to restore. */
HOOK_EVENT(signal_returns, uint64_t sp, const stack_t *stack);

#endif
