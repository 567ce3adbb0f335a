/*
 * Page tables of four levels (SDM 3A 4.5): entries, walks, and the kernel's
 * own half, which all address spaces share.
 */
#ifndef KERNEL_MM_PAGETABLE_H
#define KERNEL_MM_PAGETABLE_H

#include "boot/bootinfo.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/types.h"

typedef uint64_t pte_t;

#define PTE_PRESENT       (1ul << 0)
#define PTE_WRITE         (1ul << 1)
#define PTE_USER          (1ul << 2)
#define PTE_WRITE_THROUGH (1ul << 3)
#define PTE_CACHE_DISABLE (1ul << 4)
#define PTE_ACCESSED      (1ul << 5)
#define PTE_DIRTY         (1ul << 6)
#define PTE_LARGE         (1ul << 7)
#define PTE_GLOBAL        (1ul << 8)
#define PTE_HELD          (1ul << 9) /* ours: not present (PROT_NONE), has a frame */
#define PTE_NX            (1ul << 63)
#define PTE_ADDRESS       0x000ffffffffff000ul

#define PT_ENTRIES 512

/* An entry that is not zero has a frame. */
static inline paddr_t pte_frame(pte_t pte)
{
	return pte & PTE_ADDRESS;
}

/*
 * Builds the kernel's half: the direct map of all RAM, the image with its
 * sections' rights, empty slots for the frame table and vmap; loads it. The
 * identity map of boot is gone afterwards.
 */
void pagetable_init(const struct boot_info *boot);

/* Returns a new top level with the kernel's half in it, or 0. */
paddr_t pagetable_new(void);

/* The top level that has the kernel's half alone. */
extern paddr_t kernel_root;

/* Loads a top level, or the kernel's own for 0. */
static inline void pagetable_load(paddr_t root)
{
	write_cr3(root ? root : kernel_root);
}

/*
 * Returns the entry of the last level for `address`, or NULL if a table on the
 * way is missing (with `create`: and cannot be had). The caller holds the lock of
 * what the table describes.
 */
pte_t *pagetable_walk(paddr_t root, uint64_t address, bool create);

/* The same for kernel addresses (RANK_VMAP is held, or the kernel boots). */
pte_t *pagetable_walk_kernel(uint64_t address, bool create);

/* The number of tables that the kernel's half has. They stay for ever. */
extern size_t pagetable_kernel_count;

/*
 * Returns the first entry in [*address, end) that is not empty, and its address;
 * NULL if there is none. A walk goes on in the same table as long as it can:
 *
 *	while ((entry = pagetable_next(root, &at, end)))
 *		do {
 *			... *entry, which may be empty ...
 *			entry++;
 *			at += PAGE_SIZE;
 *		} while (pagetable_same(at, end));
 */
pte_t *pagetable_next(paddr_t root, uint64_t *address, uint64_t end);

/* Returns whether, after a step to `address` in a walk up to `end`, the next
 * entry of the same table is that of `address`. */
static inline bool pagetable_same(uint64_t address, uint64_t end)
{
	return address < end && address % (PAGE_SIZE * PT_ENTRIES);
}

/* Frees a top level and its tables, which map nothing any more. */
void pagetable_free(paddr_t root);

#endif
