/*
 * The first instructions of a program that is linked with libc.so, after the
 * dynamic linker's: passes on what __libc_start_main() takes.
 */
	.text

/*
 * In: rsp at argc, rdx what to call at the end (System V ABI 3.4.1).  Two of
 * the six arguments are of the past: constructors are the linker's business.
 */
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	movq	%rdx, %r9			/* at the end */
	movq	main@GOTPCREL(%rip), %rdi	/* main */
	movq	(%rsp), %rsi			/* argc */
	leaq	8(%rsp), %rdx			/* argv */
	xorl	%ecx, %ecx
	xorl	%r8d, %r8d
	andq	$-16, %rsp
	call	*__libc_start_main@GOTPCREL(%rip)
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
