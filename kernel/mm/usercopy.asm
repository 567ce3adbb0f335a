; Copies to and from user memory: see usercopy.inc.

%include "kernel/mm/usercopy.inc"

; size_t user_copy(to, from, size): copies forward, words first. Returns how
; many bytes are left when a byte cannot be copied. Either side may be user
; memory.
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

section .note.GNU-stack noalloc noexec nowrite progbits
