/* Serial ports with interrupts: see uart.h. */
#include "kernel/dev/uart.h"

#include "kernel/cpu/apic.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/serial.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/types.h"
#include "kernel/time/sleep.h"
#include "kernel/time/timekeeper.h"

#define RANK_PORT (RANK_CONSOLE + 1) /* kprintf's sink takes it */

#define LINE_STATUS 5 /* register */
#define STATUS_SENT 0x20
#define FIFO_BYTES  16

#define POLLS_BEFORE_SLEEP 1000
#define POLLS_BEFORE_LOSS  1000000
#define SLEEP_NS           1000000

struct uart uarts[2];

static void interrupt(struct uart *uart)
{
	uint64_t flags = spin_lock_irqsave(&uart->receive_lock);
	int byte;

	while (uart->head - uart->tail < UART_RING) {
		byte = serial_read(uart->port);
		if (byte < 0)
			break;
		uart->ring[uart->head++ % UART_RING] = (uint8_t)byte;
	}
	if (uart->head - uart->tail == UART_RING) {
		uart->full = true;
		serial_receive_interrupt(uart->port, false);
	}
	spin_unlock_irqrestore(&uart->receive_lock, flags);
	wake_all(&uart->received);
}

static void interrupt_first(void)
{
	interrupt(&uarts[0]);
}

static void interrupt_second(void)
{
	interrupt(&uarts[1]);
}

bool uart_has_received(const struct uart *uart)
{
	return READ_ONCE(uart->head) != READ_ONCE(uart->tail);
}

size_t uart_receive(struct uart *uart, uint8_t *to, size_t size)
{
	uint64_t flags = spin_lock_irqsave(&uart->receive_lock);
	size_t count = MIN(size, (size_t)(uart->head - uart->tail));

	for (size_t i = 0; i < count; i++)
		to[i] = uart->ring[uart->tail++ % UART_RING];
	if (uart->full && uart->head - uart->tail <= UART_RING / 2) {
		uart->full = false;
		serial_receive_interrupt(uart->port, true);
	}
	spin_unlock_irqrestore(&uart->receive_lock, flags);
	return count;
}

static bool has_room(const struct uart *uart)
{
	return inb(uart->port + LINE_STATUS) & STATUS_SENT;
}

static void send_byte(struct uart *uart, uint8_t byte)
{
	outb(uart->port, byte);
	uart->midline = byte != '\n';
}

/* Sends what the port takes at once. */
static size_t send_some(struct uart *uart, const uint8_t *from, size_t size)
{
	uint64_t flags = spin_lock_irqsave(&uart->send_lock);
	size_t count = has_room(uart) ? MIN(size, (size_t)FIFO_BYTES) : 0;

	for (size_t i = 0; i < count; i++)
		send_byte(uart, from[i]);
	spin_unlock_irqrestore(&uart->send_lock, flags);
	return count;
}

size_t uart_send(struct uart *uart, const uint8_t *from, size_t size)
{
	size_t done = 0, count;
	unsigned polls = 0;

	while (done < size && uart->port) {
		count = send_some(uart, from + done, size - done);
		done += count;
		polls = count ? 0 : polls + 1;
		if (polls > POLLS_BEFORE_SLEEP &&
		    sleep_until(ktime_monotonic_ns() + SLEEP_NS))
			break;
	}
	return done;
}

/* A character of a kernel message; lost if the port does not move. */
static void send_kernel_byte(struct uart *uart, uint8_t byte)
{
	for (unsigned polls = 0; polls < POLLS_BEFORE_LOSS; polls++)
		if (has_room(uart))
			break;
	send_byte(uart, byte);
}

/* kprintf's sink: a message starts on a line of its own, also when a program
 * is in the middle of one. */
static void write_message(const char *text, size_t length)
{
	static bool in_message;
	struct uart *uart = &uarts[0];
	uint64_t flags = spin_lock_irqsave(&uart->send_lock);

	if (length && !in_message && uart->midline) {
		send_kernel_byte(uart, '\r');
		send_kernel_byte(uart, '\n');
	}
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			send_kernel_byte(uart, '\r');
		send_kernel_byte(uart, (uint8_t)text[i]);
	}
	if (length)
		in_message = uart->midline;
	spin_unlock_irqrestore(&uart->send_lock, flags);
}

static void start(struct uart *uart, uint16_t port, unsigned irq,
		  void (*handler)(void))
{
	uart->receive_lock = SPINLOCK_INIT(RANK_DEVICE);
	uart->send_lock = SPINLOCK_INIT(RANK_PORT);
	wait_queue_init(&uart->received);
	if (!serial_init(port))
		return;
	uart->port = port;
	irq_install(irq, handler);
	serial_receive_interrupt(port, true);
}

void uart_init(void)
{
	start(&uarts[0], SERIAL_COM1, 4, interrupt_first);
	start(&uarts[1], SERIAL_COM2, 3, interrupt_second);
	if (uarts[0].port)
		kprintf_set_sink(write_message);
}
