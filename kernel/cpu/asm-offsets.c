/*
 * C's numbers for nasm. Compiled to assembly only; the Makefile turns each
 * "->NAME value" line into a %define in asm-offsets.inc.
 */
#include <stddef.h>

#include "boot/bootinfo.h"
#include "kernel/abi/patch.h"
#include "kernel/cpu/descriptors.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/cpu/x86.h"
#include "kernel/mm/layout.h"

/* `name` is text here: a macro of that name must not be expanded first. */
#define EMIT(text, value) \
	__asm__ volatile(".ascii \"->" text " %c0\"" : : "i"(value))
#define DEFINE(name, value)        EMIT(#name, value)
#define CONSTANT(name)             EMIT(#name, name)
#define OFFSET(name, type, member) EMIT(#name, offsetof(struct type, member))

void asm_offsets(void);

void asm_offsets(void)
{
	CONSTANT(KERNEL_OFFSET);
	DEFINE(DIRECT_MAP_SLOT, DIRECT_MAP >> 39 & 511);
	CONSTANT(KERNEL_STACK_SIZE);
	CONSTANT(BOOT_MAGIC_PVH);
	CONSTANT(FPU_AREA_MAX);

	CONSTANT(CR0_PE);
	CONSTANT(CR0_MP);
	CONSTANT(CR0_NE);
	CONSTANT(CR0_WP);
	DEFINE(CR0_PG, (int)CR0_PG);
	CONSTANT(CR4_PAE);
	CONSTANT(MSR_EFER);
	CONSTANT(MSR_GS_BASE);
	CONSTANT(EFER_LME);
	CONSTANT(EFER_NXE);
	CONSTANT(RFLAGS_TF);
	CONSTANT(RFLAGS_RF);

	CONSTANT(KERNEL_CS);
	CONSTANT(KERNEL_DS);
	CONSTANT(USER_CS);
	CONSTANT(USER_DS);

	CONSTANT(VECTOR_DB);
	CONSTANT(VECTOR_NMI);
	CONSTANT(VECTOR_DF);
	CONSTANT(VECTOR_MC);
	CONSTANT(VECTOR_SYSCALL);
	CONSTANT(SYSCALL_COUNT);
	DEFINE(USER_END_LOW, (int)USER_END);
	DEFINE(USER_END_HIGH, USER_END >> 32);

	CONSTANT(PATCH_SMAP);
	CONSTANT(ASSERTIONS);

	DEFINE(TF_SIZE, sizeof(struct trapframe));
	OFFSET(TF_RAX, trapframe, rax);
	OFFSET(TF_VECTOR, trapframe, vector);
	OFFSET(TF_RIP, trapframe, rip);
	OFFSET(TF_CS, trapframe, cs);
	OFFSET(TF_RFLAGS, trapframe, rflags);
	OFFSET(TF_RSP, trapframe, rsp);

	OFFSET(CPU_CURRENT, cpu, current);
	OFFSET(CPU_KERNEL_RSP, cpu, descriptors.tss.rsp[0]);
	OFFSET(CPU_USER_RSP, cpu, user_rsp);

	OFFSET(CONTEXT_RSP, context, rsp);
	OFFSET(CONTEXT_WORK, context, work);
	OFFSET(CONTEXT_SYSCALLS, context, syscalls);

	OFFSET(HOOK_SYSCALLS, trap_hooks, syscalls);
	OFFSET(HOOK_RETURN_WORK, trap_hooks, return_work);
}
