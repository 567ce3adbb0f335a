; From the loader to C: the only 32-bit code of the kernel.
;
; 1. The loaders' marks: a Multiboot2 header for GRUB, a PVH note for QEMU.
; 2. Entry, 32-bit protected mode, paging off: say so on the serial line.
; 3. A CPU that lacks what we need gets a sentence, not a triple fault.
; 4. Page tables: the first 4 GiB, at 0, at DIRECT_MAP and (the first one) at
;    KERNEL_OFFSET. The kernel makes better ones soon.
; 5. Long mode (SDM 3A 9.8.5), the high half, kernel_main().
; 6. Refusal of a machine that lacks something.
;
; Symbols are linked in the high half; PHYS() gives their address before paging.

%include "asm-offsets.inc"

VGA_TEXT equ 0xb8000

%define PHYS(symbol) ((symbol) - KERNEL_OFFSET)

extern kernel_main, kernel_end

; ---- 1. The loaders' marks - ------------------------------------------------

section .multiboot2 alloc noexec nowrite progbits align=8
MB2_MAGIC equ 0xe85250d6
header:
	dd MB2_MAGIC
	dd 0				; i386, protected mode
	dd header.end - header
	dd -(MB2_MAGIC + header.end - header) & 0xffffffff
	dw 6, 0				; modules on page boundaries
	dd 8
	dw 4, 0				; console: VGA text will do
	dd 12, 2
	dd 0				; to the next multiple of 8
	dw 5, 1				; a framebuffer will do, this large
	dd 20, 1024, 768, 32
	dd 0
	dw 0, 0				; end of the tags
	dd 8
.end:

; XEN_ELFNOTE_PHYS32_ENTRY (Xen's public/elfnote.h)
section .note.pvh alloc noexec nowrite progbits align=4
	dd 4, 8, 18
	db "Xen", 0
	dq PHYS(boot_pvh)

; ---- 2. Entry ---------------------------------------------------------------

section .boot.text alloc exec nowrite progbits align=16
bits 32
global boot_multiboot2, boot_pvh

; GRUB: EAX = its magic number, EBX = its tables.
; PVH: EBX = the tables, which carry the magic number.
boot_pvh:
	mov eax, BOOT_MAGIC_PVH
boot_multiboot2:
	cli
	cld
	mov edi, eax			; both are kept for kernel_main
	mov esi, ebx
	mov esp, PHYS(boot_stack.top)
	mov dx, 0x3f8
	mov al, '*'
	out dx, al

; ---- 3. What this kernel cannot do without ----------------------------------

BASELINE equ 1 << 15 | 1 << 24 | 1 << 25 | 1 << 26 ; CMOV FXSR SSE SSE2

	pushfd				; CPUID: can the ID flag be changed?
	pop eax
	mov ecx, eax
	xor eax, 1 << 21
	push eax
	popfd
	pushfd
	pop eax
	xor eax, ecx
	mov ebp, PHYS(no_cpuid)
	test eax, 1 << 21
	jz refuse

	mov eax, 0x80000000
	cpuid
	mov ebp, PHYS(no_long_mode)
	cmp eax, 0x80000001
	jb refuse
	mov eax, 0x80000001
	cpuid
	test edx, 1 << 29
	jz refuse
	mov ebp, PHYS(no_nx)
	test edx, 1 << 20
	jz refuse
	mov eax, 1			; compilers use these without asking
	cpuid
	mov ebp, PHYS(no_baseline)
	and edx, BASELINE
	cmp edx, BASELINE
	jne refuse

	; QEMU's loader puts the initrd at the top of memory, even if the
	; kernel is there. Its address stands in struct pvh_info's first
	; struct pvh_module.
	cmp edi, BOOT_MAGIC_PVH
	jne .fits
	cmp dword [esi + 12], 0
	je .fits
	mov ebx, [esi + 16]
	mov ebp, PHYS(no_room)
	cmp dword [ebx], PHYS(kernel_end)
	jb refuse
.fits:

; ---- 4. First page tables ---------------------------------------------------

LARGE	equ 0x83			; a page of 2 MiB: present, writable
TABLE	equ 0x03			; a table: present, writable

	mov ecx, 4 * 512		; directories: 4 GiB, straight
	mov eax, LARGE
	mov ebx, PHYS(directories)
.fill:
	mov [ebx], eax
	add eax, 0x200000
	add ebx, 8
	loop .fill

	mov eax, PHYS(directories) + TABLE
	mov [PHYS(pointers_high) + 510 * 8], eax
	mov ebx, PHYS(pointers_low)
	mov ecx, 4
.point:
	mov [ebx], eax
	add eax, 4096
	add ebx, 8
	loop .point

	mov eax, PHYS(pointers_low) + TABLE
	mov [PHYS(top)], eax
	mov [PHYS(top) + DIRECT_MAP_SLOT * 8], eax
	mov eax, PHYS(pointers_high) + TABLE
	mov [PHYS(top) + 511 * 8], eax

; ---- 5. Long mode -----------------------------------------------------------

	mov eax, PHYS(top)
	mov cr3, eax
	mov eax, cr4
	or eax, CR4_PAE
	mov cr4, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME | EFER_NXE
	wrmsr
	mov eax, CR0_PE | CR0_MP | 1 << 4 | CR0_NE | CR0_WP | CR0_PG
	mov cr0, eax
	lgdt [PHYS(gdt.pointer)]
	jmp KERNEL_CS:PHYS(long_mode)

; ---- 6. Refusing ------------------------------------------------------------

; The sentence at EBP, on the serial line and at the top of a VGA text
; screen; then what panic= on the loader's command line says.
refuse:
	mov ebx, VGA_TEXT
.next:
	mov cl, [ebp]
	inc ebp
	test cl, cl
	jz .said
.wait:
	mov dx, 0x3fd			; room in the transmitter?
	in al, dx
	test al, 0x20
	jz .wait
	mov dx, 0x3f8
	mov al, cl
	out dx, al
	cmp al, ' '
	jb .next
	mov ah, 0x4f			; white on red
	mov [ebx], ax
	add ebx, 2
	jmp .next

.said:
	cmp edi, BOOT_MAGIC_PVH
	jne .tags
	mov ebx, [esi + 24]		; struct pvh_info, cmdline
	jmp .scan
.tags:					; Multiboot2: the tag of type 1
	lea ebx, [esi + 8]
.tag:
	mov eax, [ebx]
	add ebx, 8
	cmp eax, 1
	je .scan
	test eax, eax
	jz stop
	mov eax, [ebx - 4]
	lea ebx, [ebx + eax - 8 + 7]
	and ebx, ~7
	jmp .tag

.scan:					; EBX points to the parameters, which
					; end with a 0
	test ebx, ebx
	jz stop
.character:
	cmp byte [ebx], 0
	je stop
	inc ebx
	cmp dword [ebx - 1], 'pani'
	jne .character
	cmp word [ebx + 3], 'c='
	jne .character
	mov cl, [ebx + 5]
	cmp cl, 'r'			; reboot
	je stop.reboot
	cmp cl, 'e'			; exit, as power.c does
	je stop.exit
	cmp cl, 'p'			; poweroff
	je stop.off
stop:
	hlt
	jmp stop
.exit:
	mov al, 127
	out 0xf4, al
.off:
	mov ax, 0x2000
	mov dx, 0x604
	out dx, ax
	mov dx, 0xb004
	out dx, ax
	jmp stop
.reboot:
	mov al, 6
	mov dx, 0xcf9
	out dx, al
	mov al, 0xfe
	out 0x64, al
	jmp stop

bits 64
long_mode:
	mov rax, high_half
	jmp rax

section .text
high_half:
	xor eax, eax
	mov ss, eax
	mov ds, eax
	mov es, eax
	mov fs, eax
	mov gs, eax
	mov rsp, boot_stack.top - FPU_AREA_MAX	; context_adopt()'s
	xor ebp, ebp			; the end of every backtrace
	mov edi, edi			; kernel_main(magic, tables)
	mov esi, esi
	call kernel_main
	ud2				; it does not return

section .boot.rodata alloc noexec nowrite progbits align=8
gdt:
	dq 0, 0
	dq 0x00af9b000000ffff		; KERNEL_CS: 64-bit code
.pointer:
	dw $ - gdt - 1
	dd PHYS(gdt)

%define SORRY " Colonel cannot go on: "
no_cpuid:	db SORRY, "it needs a CPU with CPUID.", 13, 10, 0
no_long_mode:	db SORRY, "it needs a CPU with long mode (x86-64)."
		db 13, 10, 0
no_nx:		db SORRY, "it needs a CPU with the NX bit.", 13, 10, 0
no_baseline:	db SORRY, "it needs a CPU with CMOV, FXSAVE and SSE2."
		db 13, 10, 0
no_room:	db SORRY, "there is not enough memory for the initrd."
		db 13, 10, 0

section .bss align=4096
global boot_stack, boot_tables, boot_tables_end
boot_tables:
top:		resb 4096
pointers_low:	resb 4096
pointers_high:	resb 4096
directories:	resb 4 * 4096
boot_tables_end:

; Where kernel_main runs; later the stack of the first CPU's idle task.
boot_stack:
	resb KERNEL_STACK_SIZE
.top:

section .note.GNU-stack noalloc noexec nowrite progbits
