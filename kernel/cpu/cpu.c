/*
 * Finds out what the CPU can do, and sets up its control registers and the MSRs
 * of SYSCALL. Each protection that the CPU offers is turned on here.
 */
#include "kernel/cpu/cpu.h"

#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"

/* SYSCALL clears these flags before the kernel's first instruction. */
#define SYSCALL_FLAG_MASK                                              \
	(RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | \
	 RFLAGS_AC)

#define CPUID_HYPERVISOR (1u << 31)
#define SIGNATURE_TCG    0x54474354 /* "TCGT", the first of three words */

struct cpu *cpus[MAX_CPUS];
unsigned cpu_count;

static uint64_t features; /* bit n: enum cpu_feature */
static uint32_t hwcap;

/* Entry points (entry.asm); called by no C. */
void syscall_entry(void);
void syscall_entry32(void);

/* Returns what CPUID says, all zero where the CPU does not know the leaf. */
static struct cpuid cpuid_checked(uint32_t leaf)
{
	uint32_t last = cpuid(leaf & 0x80000000, 0).eax;

	if (leaf > last || (leaf ^ last) & 0x80000000)
		return (struct cpuid){ 0 };
	return cpuid(leaf, 0);
}

static void note(enum cpu_feature feature, uint32_t reg, unsigned bit)
{
	features |= (uint64_t)(reg >> bit & 1) << feature;
}

/*
 * QEMU's Opteron_G4 and G5 claim XSAVE, but refuse CR4.OSXSAVE since they lack
 * XSAVEOPT and similar (leaf 13, 1). They use FXSAVE.
 */
static bool xsave_works(void)
{
	return cpuid_checked(13).eax && cpuid(13, 1).eax;
}

/* SDM 2A CPUID; AMD APM 3 E.4 for the leaves from 0x80000000 on. */
void cpu_features_init(void)
{
	struct cpuid basic = cpuid_checked(1);
	struct cpuid extended = cpuid_checked(7);
	struct cpuid amd = cpuid_checked(0x80000001);
	struct cpuid power = cpuid_checked(0x80000007);

	hwcap = basic.edx;
	if (xsave_works())
		note(CPU_XSAVE, basic.ecx, 26);
	note(CPU_SMEP, extended.ebx, 7);
	note(CPU_SMAP, extended.ebx, 20);
	note(CPU_UMIP, extended.ecx, 2);
	note(CPU_RDPID, extended.ecx, 22);
	note(CPU_SYSCALL, amd.edx, 11); /* Intel's: in 64-bit mode alone */
	note(CPU_NX, amd.edx, 20);
	note(CPU_RDTSCP, amd.edx, 27);
	note(CPU_INVARIANT_TSC, power.edx, 8);
	note(CPU_LFENCE_ORDERS, cpuid_checked(0x80000021).eax, 2);

	if (basic.ecx & CPUID_HYPERVISOR)
		note(CPU_TCG, cpuid(0x40000000, 0).ebx == SIGNATURE_TCG, 0);
}

bool cpu_has(enum cpu_feature feature)
{
	return features >> feature & 1;
}

uint32_t cpu_hwcap(void)
{
	return hwcap;
}

static uint64_t cr4_bits(void)
{
	uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpu_has(CPU_SMEP))
		cr4 |= CR4_SMEP;
	if (cpu_has(CPU_SMAP))
		cr4 |= CR4_SMAP;
	if (cpu_has(CPU_UMIP))
		cr4 |= CR4_UMIP;
	if (cpu_has(CPU_XSAVE))
		cr4 |= CR4_OSXSAVE;
	return cr4;
}

/* SDM 3A 5.8.8 and its tables of STAR, LSTAR, FMASK. */
static void syscall_init(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
	wrmsr(MSR_STAR, (uint64_t)USER_CS32 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_CSTAR, (uint64_t)syscall_entry32);
	wrmsr(MSR_FMASK, SYSCALL_FLAG_MASK);
	wrmsr(MSR_SYSENTER_CS, 0); /* SYSENTER faults */
}

void cpu_init(struct cpu *cpu)
{
	cpu->self = cpu;
	cpus[cpu->id] = cpu;
	descriptors_load(&cpu->descriptors, cpu->id);
	wrmsr(MSR_GS_BASE, (uint64_t)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);

	write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG);
	write_cr4(cr4_bits());
	if (cpu_has(CPU_SYSCALL))
		syscall_init();
	trap_init_cpu();
	fpu_init_cpu();
	if (cpu_has(CPU_RDTSCP) || cpu_has(CPU_RDPID))
		wrmsr(MSR_TSC_AUX, cpu->id);
}

void cpu_set_interrupt_stack(struct cpu *cpu, enum ist ist, void *stack)
{
	uint64_t top = (uint64_t)stack + PAGE_SIZE;

	/* entry.asm finds the CPU there whatever GS holds */
	((struct cpu **)top)[-1] = cpu;
	cpu->descriptors.tss.ist[ist - 1] = top - 16;
}
