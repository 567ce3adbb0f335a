/* The ring of received bytes: see port.h. */
#include "kernel/dev/port.h"

#include "kernel/lib/types.h"

void port_init(struct port *port)
{
	port->receive_lock = SPINLOCK_INIT(RANK_DEVICE);
	wait_queue_init(&port->received);
}

/* Is there room for a byte? */
static bool port_has_room(const struct port *port)
{
	return port->head - port->tail < PORT_RING;
}

static void port_put_byte(struct port *port, uint8_t byte)
{
	port->ring[port->head % PORT_RING] = byte;
	WRITE_ONCE(port->head, port->head + 1);
}

void port_fill(struct port *port, int (*next)(struct port *port))
{
	uint64_t flags = spin_lock_irqsave(&port->receive_lock);
	int byte;

	while (port_has_room(port) && (byte = next(port)) >= 0)
		port_put_byte(port, (uint8_t)byte);
	if (!port_has_room(port) && port->hold) {
		port->full = true;
		port->hold(port, true);
	}
	spin_unlock_irqrestore(&port->receive_lock, flags);
	wake_all(&port->received);
}

void port_put(struct port *port, const char *bytes, size_t count)
{
	uint64_t flags = spin_lock_irqsave(&port->receive_lock);

	while (count-- && port_has_room(port))
		port_put_byte(port, (uint8_t)*bytes++);
	spin_unlock_irqrestore(&port->receive_lock, flags);
	wake_all(&port->received);
}

bool port_has_received(const struct port *port)
{
	return READ_ONCE(port->head) != READ_ONCE(port->tail);
}

size_t port_receive(struct port *port, uint8_t *to, size_t size)
{
	uint64_t flags = spin_lock_irqsave(&port->receive_lock);
	size_t count = MIN(size, (size_t)(port->head - port->tail));

	for (size_t i = 0; i < count; i++)
		to[i] = port->ring[port->tail++ % PORT_RING];
	if (port->full && port->head - port->tail <= PORT_RING / 2) {
		port->full = false;
		port->hold(port, false);
	}
	spin_unlock_irqrestore(&port->receive_lock, flags);
	return count;
}
