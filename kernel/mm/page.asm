; Whole pages by 16-byte moves: half the instructions of 8-byte ones. XMM0 is
; the running task's, so it is kept on the stack meanwhile; nothing
; here sleeps, and interrupt handlers use no FPU.

section .text align=16

; A loop over the page at RDI through XMM0, 2048 bytes a turn. The argument is 1
; to copy the page at RSI, 0 to clear.
%macro PAGE_LOOP 1
	sub rsp, 24
	movups [rsp], xmm0
	pxor xmm0, xmm0
	lea rax, [rdi + 4096]
%%loop:
%assign offset 0
%rep 128
%if %1
	movaps xmm0, [rsi + offset]
%endif
	movaps [rdi + offset], xmm0
%assign offset offset + 16
%endrep
%if %1
	add rsi, 2048
%endif
	add rdi, 2048
	cmp rdi, rax
	jne %%loop
	movups xmm0, [rsp]
	add rsp, 24
	ret
%endmacro

; page_clear(page)
global page_clear
page_clear:
	PAGE_LOOP 0

; page_copy(to, from)
global page_copy
page_copy:
	PAGE_LOOP 1

section .note.GNU-stack noalloc noexec nowrite progbits
