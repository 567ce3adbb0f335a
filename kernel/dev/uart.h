/*
 * Serial ports with interrupts. A sender with flow control (QEMU's other end)
 * waits while our ring is full. Sending is polled. Kernel messages go to the
 * first port.
 */
#ifndef KERNEL_DEV_UART_H
#define KERNEL_DEV_UART_H

#include "kernel/dev/port.h"
#include "kernel/lib/hook.h"

struct uart {
	struct port port; /* first */
	uint16_t base;    /* its I/O ports */
	bool present;

	/* Under send_lock, which kernel messages take as well. */
	struct spinlock send_lock;
	bool midline; /* the last character sent was not a line's end */
};

extern struct uart uarts[2]; /* COM1, where kernel messages go, and COM2 */

/* Shows kernel messages on the first port, polled: works from the first moment
 * on. */
void uart_init_early(void);

/*
 * Raised for each part of a kernel message, for other places that show it;
 * `begins` says that it is the message's first part. It is raised with
 * kprintf's lock held and interrupts off; or in a panic, when message_lock()
 * takes no lock, because the CPU that held it may never release it.
 */
HOOK_EVENT(message, bool begins, const char *text, size_t length);
uint64_t message_lock(struct spinlock *lock);
void message_unlock(struct spinlock *lock, uint64_t flags);

/* Starts the ports that are there. */
void uart_init(void);

#endif
