; The smallest kernel: says on the first serial line what the time-stamp
; counter shows, "first 0x" and 16 digits. What a machine takes until then is
; the firmware's and the loader's, not a kernel's: tools/bench starts it as it
; starts the others.

bits 32

section .multiboot2 alloc noexec nowrite progbits align=8
MB2_MAGIC equ 0xe85250d6
header:
	dd MB2_MAGIC, 0, header.end - header
	dd -(MB2_MAGIC + header.end - header) & 0xffffffff
	dw 0, 0
	dd 8
.end:

section .note.pvh note alloc noexec nowrite align=4
	dd 4, 8, 18			; XEN_ELFNOTE_PHYS32_ENTRY
	db "Xen", 0
	dq start

section .text
global start
start:
	mov esp, stack.top
	lfence
	rdtsc
	push eax
	push edx
	mov esi, text
	mov ecx, text.end - text
.say:	lodsb
	call put
	loop .say
	pop ebx
	call put_hex
	pop ebx
	call put_hex
	mov al, 10
	call put
	cli
	hlt

put_hex:				; EBX, eight digits
	mov ecx, 8
.digit:	rol ebx, 4
	mov al, bl
	and al, 15
	cmp al, 10			; AL + '0', or + 'a' - 10
	sbb al, 0x69
	das
	call put
	loop .digit
	ret

put:					; AL, when the line is ready
	push eax
	mov dx, 0x3fd
.wait:	in al, dx
	test al, 1 << 5
	jz .wait
	pop eax
	mov dx, 0x3f8
	out dx, al
	ret

text:	db 10, "first 0x"
.end:

section .bss
	resb 256
stack.top:

section .note.GNU-stack noalloc noexec nowrite progbits
