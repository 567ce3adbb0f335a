; All ways from ring 3 into the kernel and back, and the traps of the kernel
; itself. Each entry builds a whole struct trapframe (kernel/cpu/trap.h).
;
; SYSCALL (SDM 2B; the ABI is Linux's):
;	on entry RAX = number, RDI RSI RDX R10 R8 R9 = arguments,
;	RCX = return address, R11 = RFLAGS; interrupts off by FMASK
;	on return RAX = result, RCX and R11 destroyed, all else kept
; 1. Get a stack: after SWAPGS GS is the kernel's, and the user's RSP is kept in
;    the CPU's data for one instruction.
; 2. Push the frame.
; 3. Call the handler of the number's low half, with the arguments where C
;    wants them.
; 4. Is there work to do before the return? (a signal, another task to run)
; 5. SYSRET loads RIP from RCX and RFLAGS from R11. It is used if these hold
;    what the frame says, no trap flag is set, and RIP is below USER_END: a RIP
;    that is not canonical would fault in ring 0, on the user's stack
;    (CVE-2012-0217). Else IRET is used.
;
; Exceptions and interrupts:
; 6. A stub for each vector makes their stacks alike: error code, vector.
; 7. Push the frame; SWAPGS if the trap comes from ring 3.
; 8. trap_dispatch(frame), then as 4, and IRET.
;
; IRET to ring 3 is the only instruction of the kernel that may fault after GS
; has become the program's: on real CPUs it faults in ring 0 if the frame's RIP
; is not canonical or a selector is not one of ring 3 (SDM 2A IRET).
; 9. The fault becomes one of ring 3, at the address that IRET could not reach.
;
; #DB, NMI, #DF, #MC have stacks of their own (IST), because they may come when
; the stack or GS is still, or already, the program's.
; 10. From ring 3 they move to the task's stack and go on as 7.
; 11. From the kernel GS may be either one: the address of the CPU's data stands
;     at the top of the interrupt stack, and GS is restored afterwards.

%include "asm-offsets.inc"

extern trap_dispatch, trap_hooks, trap_check_frame

; CLAC where the CPU has SMAP: three bytes of NOP, patched at boot.
%macro CLAC 0
%%site:	db 0x0f, 0x1f, 0x00
	[section .patch]
	dd %%site - $
	db PATCH_SMAP, 3
	db 0x0f, 0x01, 0xca, 0, 0, 0, 0, 0, 0, 0
	__?SECT?__
%endmacro

%macro PUSH 1-*
%rep %0
	push %1
%rotate 1
%endrep
%endmacro

; The frame's part below `vector`; the last one has the lowest address.
%macro PUSH_REGISTERS 0
	PUSH rdi, rsi, rdx, rcx, rax, r8, r9, r10, r11
	PUSH rbx, rbp, r12, r13, r14, r15
%endmacro

%macro POP 1-*
%rep %0
	pop %1
%rotate 1
%endrep
%endmacro

%macro POP_REGISTERS 0
	POP r15, r14, r13, r12, rbp, rbx
	POP r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi
%endmacro

; Checks the frame that the next IRET or SYSRET uses, in a build with ASSERT=1.
%macro CHECK_FRAME 0
%if ASSERTIONS
	mov rdi, rsp
	call trap_check_frame
%endif
%endmacro

section .patch progbits alloc noexec nowrite align=4
section .text align=16

; ---- SYSCALL ----------------------------------------------------------------

global syscall_entry
syscall_entry:
	swapgs				; 1
	mov [gs:CPU_USER_RSP], rsp
	mov rsp, [gs:CPU_KERNEL_RSP]
	push USER_DS			; 2: ss
	push qword [gs:CPU_USER_RSP]	; rsp
	push r11			; rflags
	push USER_CS			; cs
	push rcx			; rip
.framed:				; tools/gdb/unwind.py
	push rax			; code
	push VECTOR_SYSCALL		; vector
	PUSH_REGISTERS
	sti
	mov rcx, r10			; 3
	xor ebp, ebp			; the end of a backtrace
	mov rbx, [gs:CPU_CURRENT]	; kept over the call
	inc qword [rbx + CONTEXT_SYSCALLS]
	mov r10, [rel trap_hooks + HOOK_SYSCALLS]
	mov eax, eax
	cmp eax, SYSCALL_COUNT
	jb .known
	mov eax, SYSCALL_COUNT		; the entry for all other numbers
.known:
	call [r10 + rax * 8]
	mov [rsp + TF_RAX], rax

syscall_return:
	cli				; 4
	cmp dword [rbx + CONTEXT_WORK], 0
	jne .work

	CHECK_FRAME
	POP_REGISTERS			; 5
	cmp rcx, [rsp + TF_RIP - TF_VECTOR]
	jne iret_popped
	cmp r11, [rsp + TF_RFLAGS - TF_VECTOR]
	jne iret_popped
	test r11d, RFLAGS_TF | RFLAGS_RF
	jnz iret_popped
	cmp rcx, [rel user_end]
	jae iret_popped
	mov rsp, [rsp + TF_RSP - TF_VECTOR]
	swapgs
	o64 sysret

.work:
	sti
	mov rdi, rsp
	call [rel trap_hooks + HOOK_RETURN_WORK]
	jmp syscall_return

user_end: dd USER_END_LOW, USER_END_HIGH

; SYSCALL in compatibility mode, which no segment allows, returns -ENOSYS.
global syscall_entry32
syscall_entry32:
	mov eax, -38
	o32 sysret

; ---- Exceptions and interrupts ----------------------------------------------

; 6: vectors 0 to 255, 16 bytes each. For these the CPU pushes an error code
; (SDM 3A 6.15):
ERROR_CODES	equ 1 << 8 | 0x1f << 10 | 1 << 17 | 1 << 21 | 3 << 29
OWN_STACKS	equ 1 << VECTOR_DB | 1 << VECTOR_NMI | 1 << VECTOR_DF \
		| 1 << VECTOR_MC

global trap_stubs
align 16
trap_stubs:
%assign vector 0
%rep 256
	align 16
%if vector >= 32 || !(ERROR_CODES >> vector & 1)
	push 0
%endif
	push vector
%if vector < 32 && (OWN_STACKS >> vector & 1)
	jmp near ist_entry
%else
	jmp near trap_entry
%endif
%assign vector vector + 1
%endrep

align 16
trap_entry:
	test byte [rsp + TF_CS - TF_VECTOR], 3		; 7
	jz trap_from_kernel
	swapgs
trap_entry_gs:				; from ring 3, with the kernel's GS
	PUSH_REGISTERS
	cld
	CLAC
	xor ebp, ebp
	mov rdi, rsp			; 8
	call trap_dispatch

trap_return:
	cli
	mov rdx, [gs:CPU_CURRENT]
	cmp dword [rdx + CONTEXT_WORK], 0
	je iret_to_user
	sti
	mov rdi, rsp
	call [rel trap_hooks + HOOK_RETURN_WORK]
	jmp trap_return

iret_to_user:
	CHECK_FRAME
	POP_REGISTERS
iret_popped:
	swapgs
	add rsp, 16			; vector, code
iret:	iretq

trap_from_kernel:
	cmp qword [rsp + TF_RIP - TF_VECTOR], iret
	je .bad_iret
	PUSH_REGISTERS
	cld
	CLAC
	mov rdi, rsp
	call trap_dispatch
	POP_REGISTERS
	add rsp, 16
	iretq

.bad_iret:				; 9: all but RSP and GS is ring 3's
	swapgs
	lea rsp, [rsp + 64]		; IRET's frame: the fault's is 5 words
	push qword [rsp - 56]		; and 8 bytes of padding below it
	push qword [rsp - 56]
	jmp trap_entry_gs

; ---- #DB, NMI, #DF, #MC -----------------------------------------------------

ist_entry:
	cld
	CLAC
	test byte [rsp + TF_CS - TF_VECTOR], 3
	jz .kernel

	swapgs				; 10
	push rax
	mov rax, rsp			; [rax + 8] is the frame's `vector`
	mov rsp, [gs:CPU_KERNEL_RSP]
	; ss, rsp, rflags; cs, rip; code, vector
	PUSH qword [rax + 56], qword [rax + 48], qword [rax + 40]
	PUSH qword [rax + 32], qword [rax + 24]
	PUSH qword [rax + 16], qword [rax + 8]
	mov rax, [rax]
	jmp trap_entry_gs

.kernel:
	PUSH_REGISTERS		; 11
	mov ecx, MSR_GS_BASE
	rdmsr
	shl rdx, 32
	lea rbx, [rdx + rax]		; kept over the call
	mov rdx, rsp
	or rdx, 4095			; last byte of the one-page stack
	mov rdx, [rdx - 7]		; struct cpu
	mov eax, edx
	shr rdx, 32
	wrmsr
	mov rdi, rsp
	call trap_dispatch
	mov ecx, MSR_GS_BASE
	mov eax, ebx
	mov rdx, rbx
	shr rdx, 32
	wrmsr
	POP_REGISTERS
	add rsp, 16
	iretq

; ---- First entry into ring 3 ------------------------------------------------

; trap_return_to_user(): drops the kernel stack but for the frame at its top.
global trap_return_to_user
trap_return_to_user:
	mov rsp, [gs:CPU_KERNEL_RSP]
	sub rsp, TF_SIZE
	xor ebp, ebp
	jmp trap_return

section .note.GNU-stack noalloc noexec nowrite progbits
