/*
 * Where kernel messages go: to the first serial port and to the screen, to
 * each that is there. Which terminal /dev/console is: console=.
 */
#ifndef KERNEL_DEV_CONSOLE_H
#define KERNEL_DEV_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/dev/port.h"

/*
 * One place for messages. `write` gets a part of one; `begins`: its first.
 * Called under kprintf's lock with interrupts off, or in a panic, when it takes
 * no lock: whoever held one will never give it back.
 */
struct console {
	void (*write)(bool begins, const char *text, size_t length);
	struct console *next;
};

/* Messages go there from now on, too. Boot only. */
void console_add(struct console *console);

/* Takes kprintf's messages, which went to the serial port alone till now. */
void console_init(void);

/* The lock of a console's own: none in a panic. */
uint64_t console_lock(struct spinlock *lock);
void console_unlock(struct spinlock *lock, uint64_t flags);

#endif
