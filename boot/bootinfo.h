/*
 * What the loader told us, in one form for both protocols: Multiboot2 (GRUB)
 * and PVH (qemu -kernel).
 */
#ifndef BOOT_BOOTINFO_H
#define BOOT_BOOTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

#define BOOT_MAX_RANGES  128
#define BOOT_CMDLINE_MAX 1024
#define BOOT_SCREEN_MAX  65536 /* bytes in a line, and lines */

/* Magic numbers by which the loaders introduce themselves. */
#define BOOT_MAGIC_MULTIBOOT2 0x36d76289
#define BOOT_MAGIC_PVH        0x336ec578

struct boot_range {
	paddr_t start, end; /* end is the first byte beyond */
};

/* The screen that the firmware has left. */
struct boot_screen {
	enum {
		BOOT_SCREEN_NONE,
		BOOT_SCREEN_TEXT, /* VGA text: width and height in characters */
		BOOT_SCREEN_PIXELS,
	} kind;
	paddr_t address;
	uint32_t pitch; /* bytes from line to line */
	uint32_t width, height;
	uint32_t pixel_bytes;
	struct boot_channel {
		uint8_t shift, bits;
	} channels[3]; /* where red, green and blue are in a pixel */
};

struct boot_info {
	/* Usable RAM: sorted, apart, page-aligned inwards, page 0 left out. */
	struct boot_range ram[BOOT_MAX_RANGES];
	size_t ram_count;
	struct boot_range initrd; /* empty: none */
	struct boot_screen screen;
	paddr_t rsdp; /* ACPI root pointer, 0: search for it */
	char cmdline[BOOT_CMDLINE_MAX];
	char loader[32]; /* "GRUB 2.06", "PVH" */
};

/*
 * Reads the tables at physical `address`; `magic` says whose they are. `at`
 * gives access to physical memory, NULL where there is none. Ranges beyond
 * BOOT_MAX_RANGES are dropped, smallest first; a range that another line of
 * the map calls reserved is left out. Returns 0, or -EINVAL for tables that
 * are no such thing or know of no RAM.
 */
int bootinfo_read(struct boot_info *info, uint32_t magic, paddr_t address,
		  const void *(*at)(paddr_t address, size_t size));

#endif
