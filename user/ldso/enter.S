/*
 * The first instructions of a dynamically linked program, and of this linker:
 * the kernel enters here instead of at the program's own entry.
 */
	.text

/*
 * In: rsp at argc, as for any program (System V ABI 3.4.1).
 * 1. Link; the answer is the program's entry.
 * 2. Enter the program; rdx is what it calls when it exits.
 */
	.globl	_start
	.hidden	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp			/* 1 */
	movq	%rsp, %rbx
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	ldso_start
	movq	%rbx, %rsp			/* 2 */
	leaq	run_destructors(%rip), %rdx
	jmp	*%rax
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
