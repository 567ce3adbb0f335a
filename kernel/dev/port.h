/*
 * Where a terminal's bytes come from and go to: a serial line, or keyboard and
 * screen. What came in waits in a ring; a device with flow control is told when
 * that is full. Lines and echo are kernel/dev/tty.h's.
 */
#ifndef KERNEL_DEV_PORT_H
#define KERNEL_DEV_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/sched/wait.h"

#define PORT_RING 8192 /* a power of two */

struct port {
	/*
	 * Sends, waiting for room as long as it takes; less than `size` only
	 * when a signal came meanwhile. Called with the terminal's
	 * output_mutex held.
	 */
	size_t (*send)(struct port *port, const uint8_t *from, size_t size);

	/* Holds the sender off, or lets it go on; receive_lock is held. A
	 * device without flow control has NULL here, and loses what finds no
	 * room. */
	void (*hold)(struct port *port, bool hold);

	/* Under receive_lock (RANK_DEVICE, interrupt). */
	struct spinlock receive_lock;
	unsigned head, tail; /* written, read so far; run freely */
	bool full;           /* the sender is held off */
	uint8_t ring[PORT_RING];
	struct wait_queue received;
};

/* Prepares a port before anything comes in. */
void port_init(struct port *port);

/*
 * Puts in the bytes that `next` gives, until it gives none (-1) or there is no
 * more room. Any context but NMI.
 */
void port_fill(struct port *port, int (*next)(struct port *port));

/* Puts these bytes in, as far as there is room. */
void port_put(struct port *port, const char *bytes, size_t count);

/* Takes up to `size` received bytes. Returns how many. */
size_t port_receive(struct port *port, uint8_t *to, size_t size);
bool port_has_received(const struct port *port);

#endif
