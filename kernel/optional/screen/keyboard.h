/*
 * The PS/2 keyboard, US layout: each key becomes the bytes that a terminal
 * sends for it (console_codes(4)), put into a port as if a line had brought
 * them.
 */
#ifndef KERNEL_DEV_KEYBOARD_H
#define KERNEL_DEV_KEYBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port;

#define KEY_BYTES 8 /* the most that a key sends */

/* Which keys are held down, and what is switched on. */
struct keyboard {
	bool extended; /* the last code was 0xe0 */
	unsigned skip; /* codes to ignore: of the Pause key */
	bool shift[2], control[2], alt[2]; /* left, right */
	bool caps, numbers;
};

/*
 * The next scan code (set 1): how many bytes the key sends, in `out`. Pure.
 * (kernel/optional/screen/keymap.c)
 */
size_t keyboard_decode(struct keyboard *keyboard, uint8_t code,
		       char out[KEY_BYTES]);

/* Starts the keyboard, if there is one, typing into `port`. */
void keyboard_init(struct port *port);

#endif
