/*
 * The screen: VGA text, or pixels in a framebuffer of the firmware's. Kernel
 * messages appear on it from early on; with the keyboard it is terminal tty1.
 */
#ifndef KERNEL_DEV_SCREEN_H
#define KERNEL_DEV_SCREEN_H

#include "boot/bootinfo.h"
#include "kernel/dev/port.h"
#include "kernel/dev/vt.h"

struct screen {
	struct port port; /* first; what the keyboard types */

	/* Under `lock`, which kernel messages take as well. */
	struct spinlock lock;
	struct vt vt;
	uint16_t shown[VT_MAX_ROWS][VT_MAX_COLUMNS]; /* what the memory holds */
	unsigned cursor_row;                         /* where it was drawn */
	bool changed; /* there is something to draw */

	/* Constant after screen_map(). */
	struct boot_screen boot;
	volatile uint8_t *memory; /* NULL: nothing can be drawn */
	uint32_t palette[16];     /* pixel values */
	struct wait_queue draw;   /* its task waits for changes */
};

extern struct screen screen;

/* Begins with what the loader says. `at` gives access to physical memory, NULL
 * where there is none yet. */
void screen_init_early(const struct boot_screen *boot,
		       const void *(*at)(paddr_t address, size_t size));

/* Goes on with a mapping of the kernel's own, right after pagetable_init(). */
void screen_map(void);

/* Starts the terminal's half, once there are tasks and interrupts. */
void screen_init(void);

#endif
