; Changes a word of user memory that other threads may change: a robust lock.

%include "kernel/mm/usercopy.inc"

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
