/*
 * The instructions that C cannot say, one inline function each, and the bits
 * of the control registers. No policy. Names are the manual's (Intel SDM 2).
 */
#ifndef KERNEL_CPU_X86_H
#define KERNEL_CPU_X86_H

#include "kernel/lib/types.h"

#define CR0_PE (1ul << 0)
#define CR0_MP (1ul << 1)
#define CR0_ET (1ul << 4)
#define CR0_NE (1ul << 5)
#define CR0_WP (1ul << 16)
#define CR0_AM (1ul << 18)
#define CR0_PG (1ul << 31)

#define CR4_PAE        (1ul << 5)
#define CR4_PGE        (1ul << 7)
#define CR4_OSFXSR     (1ul << 9)
#define CR4_OSXMMEXCPT (1ul << 10)
#define CR4_UMIP       (1ul << 11)
#define CR4_OSXSAVE    (1ul << 18)
#define CR4_SMEP       (1ul << 20)
#define CR4_SMAP       (1ul << 21)

#define RFLAGS_FIXED (1ul << 1)
#define RFLAGS_TF    (1ul << 8)
#define RFLAGS_IF    (1ul << 9)
#define RFLAGS_DF    (1ul << 10)
#define RFLAGS_IOPL  (3ul << 12)
#define RFLAGS_NT    (1ul << 14)
#define RFLAGS_RF    (1ul << 16)
#define RFLAGS_AC    (1ul << 18)

#define MSR_SYSENTER_CS    0x174
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_CSTAR          0xc0000083
#define MSR_FMASK          0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX        0xc0000103

#define EFER_SCE (1ul << 0)
#define EFER_LME (1ul << 8)
#define EFER_NXE (1ul << 11)

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

/* The answer of any leaf; check the maximum leaf first (see cpu_has()). */
static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

/* outb(port, value) and inb(port), and the same for 2 and 4 bytes. */
#define X86_PORT(letter, type)                                    \
	static inline void out##letter(uint16_t port, type value) \
	{                                                         \
		__asm__ volatile("out" #letter " %0, %1"          \
				 :                                \
				 : "a"(value), "Nd"(port));       \
	}                                                         \
	static inline type in##letter(uint16_t port)              \
	{                                                         \
		type value;                                       \
                                                                  \
		__asm__ volatile("in" #letter " %1, %0"           \
				 : "=a"(value)                    \
				 : "Nd"(port));                   \
		return value;                                     \
	}
X86_PORT(b, uint8_t)
X86_PORT(w, uint16_t)
X86_PORT(l, uint32_t)

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value),
			   "d"((uint32_t)(value >> 32))
			 : "memory");
}

#define X86_CONTROL_REGISTER(name)                                     \
	static inline uint64_t read_##name(void)                       \
	{                                                              \
		uint64_t value;                                        \
                                                                       \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(value)); \
		return value;                                          \
	}                                                              \
	static inline void write_##name(uint64_t value)                \
	{                                                              \
		__asm__ volatile("mov %0, %%" #name                    \
				 :                                     \
				 : "r"(value)                          \
				 : "memory");                          \
	}
X86_CONTROL_REGISTER(cr0)
X86_CONTROL_REGISTER(cr3)
X86_CONTROL_REGISTER(cr4)

static inline uint64_t read_cr2(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr2, %0" : "=r"(value));
	return value;
}

static inline void invlpg(uint64_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* The time-stamp counter, wherever the processor happens to read it. */
static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* The time-stamp counter, read after all earlier loads (SDM 2B RDTSC). */
static inline uint64_t rdtsc_ordered(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
	explore_point();
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline uint64_t read_rflags(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline bool irq_enabled(void)
{
	return read_rflags() & RFLAGS_IF;
}

/* Turns interrupts off and returns what irq_restore() wants back. */
static inline uint64_t irq_save(void)
{
	uint64_t flags = read_rflags();

	irq_disable();
	return flags;
}

static inline void irq_restore(uint64_t flags)
{
	if (flags & RFLAGS_IF)
		irq_enable();
}

/* Sleeps until an interrupt; STI's shadow lets none slip in between. */
static inline void irq_enable_and_halt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

static inline void halt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

#endif
