/* 16550 UART, polled: National Semiconductor's data sheet names the registers. */
#include "kernel/cpu/serial.h"

#include "kernel/cpu/x86.h"

enum {
	DATA = 0,
	INTERRUPT_ENABLE = 1,
	FIFO_CONTROL = 2,
	LINE_CONTROL = 3,
	MODEM_CONTROL = 4,
	LINE_STATUS = 5,
	SCRATCH = 7,
};

#define INTERRUPT_RECEIVE  0x01
#define LINE_8N1           0x03
#define LINE_DIVISOR       0x80
#define FIFO_ENABLE_CLEAR  0xc7 /* on, both emptied, interrupt at 14 */
#define MODEM_DTR_RTS_OUT2 0x0b
#define STATUS_RECEIVED    0x01
#define STATUS_ROOM        0x20
#define STATUS_IDLE        0x40 /* all that was written is on the line */

/* A line that never has room (no port, a stuck one) is given up on. */
#define POLLS_MAX 1000000

bool serial_init(uint16_t port)
{
	outb(port + SCRATCH, 0x5a);
	if (inb(port + SCRATCH) != 0x5a)
		return false;
	outb(port + INTERRUPT_ENABLE, 0);
	outb(port + LINE_CONTROL, LINE_DIVISOR);
	outb(port + DATA, 1); /* 115200 / 1 */
	outb(port + INTERRUPT_ENABLE, 0);
	outb(port + LINE_CONTROL, LINE_8N1);
	outb(port + FIFO_CONTROL, FIFO_ENABLE_CLEAR);
	outb(port + MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
	return true;
}

void serial_receive_interrupt(uint16_t port, bool enable)
{
	outb(port + INTERRUPT_ENABLE, enable ? INTERRUPT_RECEIVE : 0);
}

void serial_write(uint16_t port, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		for (unsigned polls = 0; polls < POLLS_MAX; polls++)
			if (inb(port + LINE_STATUS) & STATUS_ROOM)
				break;
		outb(port + DATA, (uint8_t)text[i]);
	}
}

void serial_drain(uint16_t port)
{
	for (unsigned polls = 0; polls < POLLS_MAX; polls++)
		if (inb(port + LINE_STATUS) & STATUS_IDLE)
			break;
}

int serial_read(uint16_t port)
{
	if (!(inb(port + LINE_STATUS) & STATUS_RECEIVED))
		return -1;
	return inb(port + DATA);
}
