/*
 * Serial ports with interrupts. A sender with flow control (QEMU's other end)
 * waits while our ring is full. Sending is polled.
 */
#ifndef KERNEL_DEV_UART_H
#define KERNEL_DEV_UART_H

#include "kernel/dev/port.h"

struct uart {
	struct port port; /* first */
	uint16_t base;    /* its I/O ports */
	bool present;

	/* Under send_lock, which kernel messages take as well. */
	struct spinlock send_lock;
	bool midline; /* the last character sent was not a line's end */
};

extern struct uart uarts[2]; /* COM1, where kernel messages go, and COM2 */

/* The first port for kernel messages, polled: works from the first moment on. */
void uart_init_early(void);

/* Starts the ports that are there. */
void uart_init(void);

#endif
