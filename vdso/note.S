/*
 * The note by which a C library knows the kernel's version without a system
 * call (NT_VERSION of "Linux"): the one that uname() says.
 */
	.section .note.Linux, "a", @note
	.balign 4
	.long	6, 4, 0			/* bytes of name, bytes of rest; type */
	.asciz	"Linux"
	.balign 4
	.long	6 << 16 | 1 << 8 | 0	/* 6.1.0 */

	.section .note.GNU-stack, "", @progbits
