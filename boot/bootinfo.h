/*
 * What the loader tells the kernel, in one form for both protocols: Multiboot2
 * (GRUB) and PVH (qemu -kernel).
 */
#ifndef BOOT_BOOTINFO_H
#define BOOT_BOOTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

#define BOOT_MAX_RANGES  128
#define BOOT_CMDLINE_MAX 1024

/* The magic number in EAX (Multiboot2) or in the tables (PVH). */
#define BOOT_MAGIC_MULTIBOOT2 0x36d76289
#define BOOT_MAGIC_PVH        0x336ec578

struct boot_range {
	paddr_t start, end; /* end is the first byte beyond */
};

struct boot_info {
	/* Usable RAM: sorted, apart, page-aligned inwards, page 0 left out. */
	struct boot_range ram[BOOT_MAX_RANGES];
	size_t ram_count;         /* ranges in ram[] */
	struct boot_range initrd; /* the files' archive; empty: none */
	paddr_t rsdp;             /* ACPI's root pointer; 0: none */
	paddr_t screen_tag;       /* Multiboot2's tag of type 8; 0: none */
	char cmdline[BOOT_CMDLINE_MAX]; /* kernel parameters */
	char loader[32];                /* "GRUB 2.06", "PVH" */
};

/*
 * Reads the tables at physical `address`; `magic` says which loader's they are.
 * `at` gives access to physical memory, and returns NULL where there is none.
 * Ranges beyond BOOT_MAX_RANGES are dropped, the smallest first; a range that
 * another line of the map calls reserved is left out. Returns 0, or -EINVAL for
 * tables that are damaged or list no RAM.
 */
int bootinfo_read(struct boot_info *info, uint32_t magic, paddr_t address,
		  const void *(*at)(paddr_t address, size_t size));

#endif
