; Whole pages by 16-byte moves: half the instructions of 8-byte ones. XMM0 is
; the running task's, so it is kept on the stack meanwhile; nothing
; here sleeps, and interrupt handlers use no FPU.

section .text align=16

; page_clear(page)
global page_clear
page_clear:
	sub rsp, 24
	movups [rsp], xmm0
	pxor xmm0, xmm0
	lea rax, [rdi + 4096]
.loop:
%assign offset 0
%rep 128
	movaps [rdi + offset], xmm0
%assign offset offset + 16
%endrep
	add rdi, 2048
	cmp rdi, rax
	jne .loop
	movups xmm0, [rsp]
	add rsp, 24
	ret

; page_copy(to, from)
global page_copy
page_copy:
	sub rsp, 24
	movups [rsp], xmm0
	lea rax, [rdi + 4096]
.loop:
%assign offset 0
%rep 128
	movaps xmm0, [rsi + offset]
	movaps [rdi + offset], xmm0
%assign offset offset + 16
%endrep
	add rsi, 2048
	add rdi, 2048
	cmp rdi, rax
	jne .loop
	movups xmm0, [rsp]
	add rsp, 24
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
