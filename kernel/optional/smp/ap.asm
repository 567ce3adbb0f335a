; How each further CPU starts: the first one copies this code to a page below
; 1 MiB, fills in `parameters`, and sends the start-up interrupt (SDM 3A 8.4.4).
; The CPU begins in real mode at that page's first byte, so all addresses here
; are relative to it: EBX holds where the page is.
;
; 1. Real mode: find out where we are; make the two pointers absolute.
; 2. Straight to long mode, with page tables that map this page at its place.
; 3. The kernel's stack, and ap_main(cpu), which never returns.

%include "asm-offsets.inc"

%define HERE(label) ((label) - ap_start)

section .rodata align=16
global ap_start, ap_end, ap_parameters

bits 16
ap_start:
	cli				; 1
	cld
	xor ebx, ebx
	mov bx, cs
	mov ds, bx
	shl ebx, 4
	lea eax, [ebx + HERE(gdt)]
	mov [HERE(gdt_pointer.base)], eax
	lea eax, [ebx + HERE(long_mode)]
	mov [HERE(far_pointer.offset)], eax

	o32 lgdt [HERE(gdt_pointer)]	; 2
	mov eax, CR4_PAE
	mov cr4, eax
	mov eax, [HERE(ap_parameters.root)]
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME | EFER_NXE
	wrmsr
	mov eax, CR0_PE | CR0_MP | 1 << 4 | CR0_NE | CR0_WP | CR0_PG
	mov cr0, eax
	jmp far dword [HERE(far_pointer)]

bits 64
long_mode:
	xor eax, eax			; 3
	mov ss, eax
	mov ds, eax
	mov es, eax
	mov ebx, ebx
	mov rsp, [rbx + HERE(ap_parameters.stack)]
	mov rdi, [rbx + HERE(ap_parameters.cpu)]
	xor ebp, ebp
	mov rax, [rbx + HERE(ap_parameters.main)]
	call rax
	ud2

align 8
gdt:
	dq 0, 0
	dq 0x00af9b000000ffff		; KERNEL_CS: 64-bit code
gdt_pointer:
	dw $ - gdt - 1
.base:	dd 0
far_pointer:
.offset: dd 0
	dw KERNEL_CS

; struct ap_parameters (kernel/optional/smp/smp.c)
align 8
ap_parameters:
.root:	dq 0
.stack:	dq 0
.cpu:	dq 0
.main:	dq 0
ap_end:

section .note.GNU-stack noalloc noexec nowrite progbits
