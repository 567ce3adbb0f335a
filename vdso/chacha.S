/*
 * ChaCha20 (RFC 8439) for vdso/vgetrandom.c, in assembly for one reason: a
 * compiler keeps what it likes on the stack, and a key that lies there is found
 * by whoever reads the memory later. Here all is in the SSE registers, which
 * any x86-64 has, and they are cleared at the end.
 *
 *	void vdso_chacha(void *to, const uint32_t *key);
 *
 * A block is a square of 4 by 4 words: constants, key, key, and the block's
 * number with a nonce, which is 0 as no key is used twice. A register holds a
 * row, so a quarter round works on four columns at once; then the rows are
 * turned, and the same works on the diagonals. Two blocks are made, 0 and 1:
 * each step needs the one before, and the CPU does one block's while the
 * other's is under way.
 *
 * xmm0-xmm3, xmm8-xmm11: the rows of the two blocks; xmm4-xmm6: those at the
 * beginning (the last is 0, or 1); xmm12, xmm13: for rotating. eax: double
 * rounds left.
 */
	/* A step of RFC 8439, 2.1: sum += by; mixed ^= sum; mixed <<<= bits. */
	.macro step sum, by, mixed, tmp, bits
	paddd	%xmm\by, %xmm\sum;	pxor	%xmm\sum, %xmm\mixed
	movdqa	%xmm\mixed, %xmm\tmp;	pslld	$\bits, %xmm\mixed
	psrld	$(32-\bits), %xmm\tmp;	por	%xmm\tmp, %xmm\mixed
	.endm

	/* Four quarter rounds of both blocks; then row 1, 2, 3 are turned by
	 * one, two, three words. */
	.macro quarter_rounds one, two, three
	step	0, 1, 3, 12, 16;	step	8, 9, 11, 13, 16
	step	2, 3, 1, 12, 12;	step	10, 11, 9, 13, 12
	step	0, 1, 3, 12, 8;		step	8, 9, 11, 13, 8
	step	2, 3, 1, 12, 7;		step	10, 11, 9, 13, 7
	pshufd	$\one, %xmm1, %xmm1;	pshufd	$\one, %xmm9, %xmm9
	pshufd	$\two, %xmm2, %xmm2;	pshufd	$\two, %xmm10, %xmm10
	pshufd	$\three, %xmm3, %xmm3
	pshufd	$\three, %xmm11, %xmm11
	.endm

	.globl	vdso_chacha;		.hidden	vdso_chacha
	.type	vdso_chacha, @function
	.text;	.balign 16
vdso_chacha:
	.cfi_startproc
	/* 1. The rows at the beginning; the first is "expand 32-byte k". */
	mov	$0x3320646e61707865, %rax;	movq	%rax, %xmm4
	mov	$0x6b20657479622d32, %rax;	movq	%rax, %xmm5
	punpcklqdq %xmm5, %xmm4;	pxor	%xmm3, %xmm3
	movdqu	(%rsi), %xmm5;		movdqu	16(%rsi), %xmm6
	movdqa	%xmm4, %xmm0;		movdqa	%xmm4, %xmm8
	movdqa	%xmm5, %xmm1;		movdqa	%xmm5, %xmm9
	movdqa	%xmm6, %xmm2;		movdqa	%xmm6, %xmm10
	mov	$1, %eax;		movq	%rax, %xmm11

	/* 2. Ten double rounds. */
	mov	$10, %eax
2:	quarter_rounds 0x39, 0x4e, 0x93
	quarter_rounds 0x93, 0x4e, 0x39
	dec	%eax;			jnz	2b

	/* 3. The rows at the beginning are added, and the blocks written. */
	paddd	%xmm4, %xmm0;		movdqu	%xmm0, (%rdi)
	paddd	%xmm5, %xmm1;		movdqu	%xmm1, 16(%rdi)
	paddd	%xmm6, %xmm2;		movdqu	%xmm2, 32(%rdi)
	movdqu	%xmm3, 48(%rdi)
	paddd	%xmm4, %xmm8;		movdqu	%xmm8, 64(%rdi)
	paddd	%xmm5, %xmm9;		movdqu	%xmm9, 80(%rdi)
	paddd	%xmm6, %xmm10;		movdqu	%xmm10, 96(%rdi)
	inc	%eax;			movq	%rax, %xmm7
	paddd	%xmm7, %xmm11;		movdqu	%xmm11, 112(%rdi)

	/* 4. No register keeps what the key could be found from. */
	.irp	row, 0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13
	pxor	%xmm\row, %xmm\row
	.endr
	ret;	.cfi_endproc
	.size	vdso_chacha, . - vdso_chacha

	.section .note.GNU-stack, "", @progbits
