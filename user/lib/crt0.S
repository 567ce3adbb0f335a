/*
 * The first instructions of every program, and the last of every signal
 * handler: what C cannot say because no function called them.  What happens
 * between here and main() is start.c's.
 */
#include "kernel/abi/syscall.h"

	.text

/*
 * The kernel enters here with rsp at argc (System V ABI 3.4.1); argv, envp
 * and the auxiliary vector follow.  A frame pointer of 0 ends a backtrace.
 */
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	__libc_start_main
	.size	_start, . - _start

/*
 * A signal handler returns here: SA_RESTORER in struct sigaction.  gdb knows
 * a signal's frame by these two instructions.
 */
	.globl	signal_restorer
	.type	signal_restorer, @function
signal_restorer:
	movq	$SYS_rt_sigreturn, %rax
	syscall
	.size	signal_restorer, . - signal_restorer

	.section .note.GNU-stack, "", @progbits
