/*
 * The part terminal: the full line discipline of termios(3) over each terminal.
 * It adds to the core's line editor: erasing of words, lines and UTF-8
 * characters, ^V, ^R, ^S and ^Q, quit and suspend characters, VMIN and VTIME,
 * all of c_iflag and c_oflag, a window size that can be set, and the ioctls
 * about queues. Full-screen programs (vi, top, less) miss it when it is out. It
 * needs no other part; ^Z wants the part jobs.
 */
#ifndef KERNEL_OPTIONAL_TERMINAL_H
#define KERNEL_OPTIONAL_TERMINAL_H

#include "kernel/dev/tty.h"

/* Takes received bytes: editing, echo, signals. `mutex` is held. */
void terminal_take(struct tty *tty, const uint8_t *bytes, size_t count);

/* Writes through output processing, like a port's send(). Takes
 * output_mutex. */
size_t terminal_output(struct tty *tty, const uint8_t *from, size_t size);

#endif
