/*
 * GDT and TSS (SDM 3A 3.4.5, 7.2.3, 7.7). Segments do nothing in 64-bit mode
 * but say who we are; the one at CPU_SELECTOR says on which CPU.
 */
#include "kernel/cpu/descriptors.h"

#include "kernel/cpu/x86.h"

#define CODE64     0x00af9b000000ffff /* present, ring 0, long */
#define DATA       0x00cf93000000ffff
#define RING3      (3ul << 45)
#define CPU_NUMBER 0x0040f50000000000 /* ring 3, expand-down, limit in bytes */

static void set_tss(struct descriptors *d)
{
	uint64_t base = (uint64_t)&d->tss;
	uint64_t limit = sizeof(d->tss) - 1;

	d->gdt[TSS_SELECTOR / 8] = limit | (base & 0xffffff) << 16 |
				   0x89ul << 40 | (base >> 24 & 0xff) << 56;
	d->gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
	d->tss.io_bitmap = sizeof(d->tss);
}

void descriptors_load(struct descriptors *d, unsigned id)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer;

	pointer.limit = sizeof(d->gdt) - 1;
	pointer.base = (uint64_t)d->gdt;
	d->gdt[KERNEL_CS / 8] = CODE64;
	d->gdt[KERNEL_DS / 8] = DATA;
	d->gdt[USER_DS / 8] = DATA | RING3;
	d->gdt[USER_CS / 8] = CODE64 | RING3;
	d->gdt[CPU_SELECTOR / 8] = CPU_NUMBER | id;
	set_tss(d);

	__asm__ volatile("lgdt %0\n\t"
			 "mov %1, %%ss\n\t"
			 "mov %2, %%ds\n\t"
			 "mov %2, %%es\n\t"
			 "mov %2, %%fs\n\t"
			 "mov %2, %%gs\n\t"
			 "lldt %w2\n\t"
			 "pushq %3\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tltr %w4"
			 :
			 : "m"(pointer), "r"(KERNEL_DS), "r"(0), "i"(KERNEL_CS),
			   "r"(TSS_SELECTOR)
			 : "rax", "memory");
}
