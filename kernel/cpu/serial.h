/*
 * A 16550 serial port, polled: what kprintf has from its first character.
 * Interrupts and terminals are kernel/dev/tty's.
 */
#ifndef KERNEL_CPU_SERIAL_H
#define KERNEL_CPU_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_COM1 0x3f8 /* IRQ 4: the console */
#define SERIAL_COM2 0x2f8 /* IRQ 3 */

/* Sets the port to 115200 baud, 8 bits, no parity, FIFO on. Returns false if
 * there is no port. */
bool serial_init(uint16_t port);

/* Turns the interrupt for received characters on or off. */
void serial_receive_interrupt(uint16_t port, bool enable);

/* Sends the text; waits while there is no room. */
void serial_write(uint16_t port, const char *text, size_t length);

/* Waits until all has been sent, or gives up on a port that does not send. */
void serial_drain(uint16_t port);

/* Returns the next received character, or -1. */
int serial_read(uint16_t port);

#endif
