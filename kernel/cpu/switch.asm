; switch_stacks(from, to): puts the registers that C expects to keep on the old
; stack, and takes them from the new one. The rest of the machine's state is
; kernel/cpu/context.c's.

%include "asm-offsets.inc"

section .text align=16

global switch_stacks
switch_stacks:
	push rbp
	push rbx
	push r12
	push r13
	push r14
	push r15
	mov [rdi + CONTEXT_RSP], rsp
	mov rsp, [rsi + CONTEXT_RSP]
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbx
	pop rbp
	ret

; Where a new context starts: context_init() left `start` in RBX and its
; argument in R12.
global context_start
context_start:
	mov rdi, r12
	xor ebp, ebp
	call rbx
	ud2				; `start` does not return

section .note.GNU-stack noalloc noexec nowrite progbits
