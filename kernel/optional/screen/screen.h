/*
 * The part screen: VGA text, or pixels in a framebuffer that the firmware has
 * set up, and a PS/2 keyboard. Kernel messages appear on the screen from early
 * on; with the keyboard it is the terminal tty1, where a second shell runs.
 * Without the part the serial line is the only place for both. It needs no
 * other part.
 */
#ifndef KERNEL_DEV_SCREEN_H
#define KERNEL_DEV_SCREEN_H

#include "kernel/dev/port.h"
#include "kernel/optional/screen/boot_screen.h"
#include "kernel/optional/screen/vt.h"

struct screen {
	struct port port; /* first; what the keyboard types */

	/* Under `lock`, which kernel messages take as well. */
	struct spinlock lock;
	struct vt vt;
	uint16_t shown[VT_MAX_ROWS][VT_MAX_COLUMNS]; /* what the memory holds */
	unsigned cursor_row;                         /* where it was drawn */
	bool changed; /* there is something to draw */

	/* Constant after the event boot_memory. */
	struct boot_screen boot;
	volatile uint8_t *memory; /* NULL: nothing can be drawn */
	uint32_t palette[16];     /* pixel values */
	struct wait_queue draw;   /* its task waits for changes */
};

#endif
