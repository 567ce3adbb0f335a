#ifndef KERNEL_DEV_UART_H
#define KERNEL_DEV_UART_H
/*
 * Serial ports with interrupts: what came in waits in a ring, and when that is
 * full, in the port: so a sender with flow control (QEMU's other end) waits.
 * Sending is polled. Lines and echo are kernel/dev/tty.h's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/sched/wait.h"

#define UART_RING 8192 /* a power of two */

struct uart {
	uint16_t port; /* 0: not there */

	/* Under receive_lock (RANK_DEVICE, interrupt). */
	struct spinlock receive_lock;
	unsigned head, tail; /* written, read so far; run freely */
	bool full;           /* receive interrupts are off for lack of room */
	uint8_t ring[UART_RING];
	struct wait_queue received;

	/* Under send_lock, which the sink of kprintf takes as well. */
	struct spinlock send_lock;
	bool midline; /* the last character sent was not a line's end */
};

extern struct uart uarts[2]; /* COM1, the console, and COM2 */

/* Starts the ports that are there, and hands kprintf the first one. */
void uart_init(void);

/* Takes up to `size` received bytes; how many. */
size_t uart_receive(struct uart *uart, uint8_t *to, size_t size);
bool uart_has_received(const struct uart *uart);

/* Sends, waiting for room as long as it takes; less than `size` only when a
 * signal came meanwhile. */
size_t uart_send(struct uart *uart, const uint8_t *from, size_t size);

#endif
