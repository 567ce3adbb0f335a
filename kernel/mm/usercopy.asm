; The only instructions that touch user memory. Each stands in the exception
; table with the place to go on at when it faults; SMAP lets them through
; between STAC and CLAC, three bytes of NOP that are patched at boot.

%include "asm-offsets.inc"

%macro SMAP_NOP 1			; 1: last byte of the instruction
%%site:	db 0x0f, 0x1f, 0x00
	[section .patch]
	dd %%site - $
	db PATCH_SMAP, 3
	db 0x0f, 0x01, %1, 0, 0, 0, 0, 0, 0, 0
	__?SECT?__
%endmacro
%define STAC SMAP_NOP 0xcb
%define CLAC SMAP_NOP 0xca

%macro FAULTS_TO 1			; the next instruction may fault
%%here:
	[section .extable]
	dd %%here - $
	dd %1 - $
	__?SECT?__
%endmacro

section .patch progbits alloc noexec nowrite align=4
section .extable progbits alloc noexec nowrite align=4
section .text align=16

; size_t user_copy(to, from, size): copies forward, words first; returns how
; many bytes are left where a byte could not be copied. Either side may be
; user memory.
global user_copy
user_copy:
	STAC
	mov rcx, rdx
	shr rcx, 3
	FAULTS_TO .bytes		; on, byte by byte, to the very place
	rep movsq
.bytes:
	and edx, 7			; what no word took
	lea rdx, [rdx + rcx * 8]
	cmp rdx, 4			; aligned, it is moved at once:
	jb .rest			; futexes rely on that
	FAULTS_TO .byte
	mov eax, [rsi]
	FAULTS_TO .byte
	mov [rdi], eax
	add rsi, 4
	add rdi, 4
	sub rdx, 4
.rest:
	test rdx, rdx
	jz .done
.byte:
	FAULTS_TO .done
	mov al, [rsi]
	FAULTS_TO .done
	mov [rdi], al
	inc rsi
	inc rdi
	dec rdx
	jnz .byte
.done:
	CLAC
	mov rax, rdx
	ret

; long user_string(to, from, size): copies up to and with the NUL; returns the
; length without it, `size` if there was none, -1 for a fault.
global user_string
user_string:
	STAC
	xor eax, eax
.next:
	cmp rax, rdx
	je .done
	FAULTS_TO .fault
	mov cl, [rsi + rax]
	mov [rdi + rax], cl
	inc rax
	test cl, cl
	jnz .next
	dec rax
.done:
	CLAC
	ret
.fault:
	mov rax, -1
	jmp .done

; long user_swap32(at, &seen, new): where *at is `seen` it becomes `new`, in one
; step; `seen` becomes what was there. 0, or -1 for a fault.
global user_swap32
user_swap32:
	STAC
	mov eax, [rsi]
	mov rcx, -1
	FAULTS_TO .done
	lock cmpxchg [rdi], edx
	mov [rsi], eax
	xor ecx, ecx
.done:
	CLAC
	mov rax, rcx
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
