/* Serial ports with interrupts: see uart.h. */
#include "kernel/dev/uart.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/serial.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/types.h"
#include "kernel/time/timer.h"
#include "kernel/time/timekeeper.h"

#define LINE_STATUS 5 /* register */
#define STATUS_SENT 0x20
#define FIFO_BYTES  16

#define POLLS_BEFORE_SLEEP 1000
#define SLEEP_NS           1000000

struct uart uarts[2];

static struct uart *uart_of(struct port *port)
{
	return container_of(port, struct uart, port);
}

static int uart_next_byte(struct port *port)
{
	return serial_read(uart_of(port)->base);
}

static void uart_hold(struct port *port, bool hold)
{
	serial_receive_interrupt(uart_of(port)->base, !hold);
}

/* The ports have an interrupt each; it does no harm to look at both. */
static void uart_interrupt(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(uarts); i++)
		if (uarts[i].present)
			port_fill(&uarts[i].port, uart_next_byte);
}

static bool uart_has_room(const struct uart *uart)
{
	return inb(uart->base + LINE_STATUS) & STATUS_SENT;
}

static void uart_send_byte(struct uart *uart, uint8_t byte)
{
	outb(uart->base, byte);
	uart->midline = byte != '\n';
}

/* Sends what the port takes at once. Returns how many bytes those were. */
static size_t uart_send_some(struct uart *uart, const uint8_t *from,
			     size_t size)
{
	uint64_t flags = spin_lock_irqsave(&uart->send_lock);
	size_t count = uart_has_room(uart) ? MIN(size, (size_t)FIFO_BYTES) : 0;

	for (size_t i = 0; i < count; i++)
		uart_send_byte(uart, from[i]);
	spin_unlock_irqrestore(&uart->send_lock, flags);
	return count;
}

/* Sends all, polling first and then sleeping between two looks. Returns fewer
 * than `size` only when a signal came. */
static size_t uart_send(struct port *port, const uint8_t *from, size_t size)
{
	struct uart *uart = uart_of(port);
	size_t done = 0, count;
	unsigned polls = 0;

	while (done < size) {
		count = uart_send_some(uart, from + done, size - done);
		done += count;
		polls = count ? 0 : polls + 1;
		if (polls > POLLS_BEFORE_SLEEP &&
		    sleep_until(CLOCK_MONOTONIC,
				ktime_monotonic_ns() + SLEEP_NS))
			break;
	}
	return done;
}

/* ---- Kernel messages ---- */

uint64_t message_lock(struct spinlock *lock)
{
	return kprintf_in_panic() ? 0 : spin_lock_irqsave(lock);
}

void message_unlock(struct spinlock *lock, uint64_t flags)
{
	if (!kprintf_in_panic())
		spin_unlock_irqrestore(lock, flags);
}

/* Sends part of a message. It starts on a line of its own, also when a program
 * is in the middle of one. */
static void uart_message(struct uart *uart, bool begins, const char *text,
			 size_t length)
{
	uint64_t flags = message_lock(&uart->send_lock);

	if (begins && uart->midline)
		serial_write(uart->base, "\r\n", 2);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			serial_write(uart->base, "\r", 1);
		serial_write(uart->base, text + i, 1);
	}
	uart->midline = text[length - 1] != '\n';
	message_unlock(&uart->send_lock, flags);
}

/* kprintf's sink. A message ends with a line's end. */
static void write_message(const char *text, size_t length)
{
	static bool in_message;

	if (!length)
		return;
	if (uarts[0].base)
		uart_message(&uarts[0], !in_message, text, length);
	HOOK_CALL(message, !in_message, text, length);
	in_message = text[length - 1] != '\n';
}

/* Sets a port up and lets it interrupt, if it is there. */
static void uart_start(struct uart *uart, uint16_t base, unsigned irq)
{
	port_init(&uart->port);
	uart->port.send = uart_send;
	uart->port.hold = uart_hold;
	uart->send_lock = SPINLOCK_INIT(RANK_SINK);
	if (!serial_init(base))
		return;
	uart->base = base;
	uart->present = true;
	irq_install(irq, uart_interrupt);
	serial_receive_interrupt(base, true);
}

void uart_init_early(void)
{
	uarts[0].send_lock = SPINLOCK_INIT(RANK_SINK);
	if (serial_init(SERIAL_COM1))
		uarts[0].base = SERIAL_COM1;
	kprintf_set_sink(write_message);
}

void uart_init(void)
{
	uart_start(&uarts[0], SERIAL_COM1, 4);
	uart_start(&uarts[1], SERIAL_COM2, 3);
}
