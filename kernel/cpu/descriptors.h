/*
 * GDT and TSS of one CPU, with the selectors of Linux: a program can tell its
 * mode from CS, and getcpu() reads a segment's limit (SDM 3A 3.4, 7.7).
 */
#ifndef KERNEL_CPU_DESCRIPTORS_H
#define KERNEL_CPU_DESCRIPTORS_H

#define KERNEL_CS    0x10
#define KERNEL_DS    0x18
#define USER_CS32    0x23 /* reserved for 32-bit programs */
#define USER_DS      0x2b
#define USER_CS      0x33
#define TSS_SELECTOR 0x40 /* two slots */
#define CPU_SELECTOR 0x7b /* limit = CPU number, for LSL in ring 3 */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Interrupt stacks of their own (SDM 3A 6.14.5), one page each. */
enum ist {
	IST_NONE,
	IST_DOUBLE_FAULT,
	IST_NMI,
	IST_DEBUG,
	IST_MACHINE_CHECK,
	IST_COUNT,
};

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3]; /* rsp[0]: stack for traps from ring 3 */
	uint64_t reserved1;
	uint64_t ist[7]; /* ist[n - 1] is the manual's IST n */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_bitmap; /* beyond the limit: no ports for ring 3 */
} __attribute__((packed));

struct descriptors {
	uint64_t gdt[16];
	struct tss tss;
};

/* Fills GDT and TSS of CPU number `id` and loads them; there is no LDT. Clears
 * GS's base. */
void descriptors_load(struct descriptors *descriptors, unsigned id);

#endif
#endif
