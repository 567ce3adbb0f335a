/* The screen that the firmware has left, as the loader describes it. */
#ifndef KERNEL_OPTIONAL_SCREEN_BOOT_SCREEN_H
#define KERNEL_OPTIONAL_SCREEN_BOOT_SCREEN_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

struct boot_screen {
	enum {
		BOOT_SCREEN_NONE,
		BOOT_SCREEN_TEXT, /* VGA text: width and height in characters */
		BOOT_SCREEN_PIXELS,
	} kind;
	paddr_t address;        /* of its memory */
	uint32_t pitch;         /* bytes from line to line */
	uint32_t width, height; /* pixels, or characters */
	uint32_t pixel_bytes;   /* bytes of one pixel */
	struct boot_channel {
		uint8_t shift, bits;
	} channels[3]; /* where red, green and blue are in a pixel */
};

/*
 * Reads Multiboot2's tag at physical address `tag`; without one, 0, the screen
 * is a VGA in text mode. `at` gives access to physical memory.
 */
struct boot_screen boot_screen_read(paddr_t tag,
				    const void *(*at)(paddr_t address,
						      size_t size));

#endif
