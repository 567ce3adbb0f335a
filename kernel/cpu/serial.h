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

/* 115200 baud, 8 bits, no parity, FIFO on. False: no port there. */
bool serial_init(uint16_t port);

/* Interrupts on received characters, from now on, or none. */
void serial_receive_interrupt(uint16_t port, bool enable);

/* Waits for room, then sends. */
void serial_write(uint16_t port, const char *text, size_t length);

/* Waits until all has been sent, or the port does not move. */
void serial_drain(uint16_t port);

/* The next received character, or -1. */
int serial_read(uint16_t port);

#endif
