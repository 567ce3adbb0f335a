/*
 * What a screen shows: a grid of characters, and the escape sequences by which
 * programs write to it (console_codes(4), ECMA-48; $TERM is "linux"). Pure: it
 * draws nothing and takes no lock; kernel/optional/screen/screen.h does both.
 */
#ifndef KERNEL_DEV_VT_H
#define KERNEL_DEV_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VT_MAX_COLUMNS 160
#define VT_MAX_ROWS    64 /* as many as `touched` has bits */
#define VT_MAX_PARAMS  16

/* A cell is as in a VGA text screen: the character in code page 437, above it
 * the attribute (bits 0-2 foreground, 3 bright, 4-6 background). */
#define VT_BLANK 0x0720

enum vt_state {
	VT_TEXT,
	VT_ESCAPE,  /* after ESC */
	VT_CONTROL, /* after ESC [ */
	VT_STRING,  /* after ESC ], up to BEL or ESC \ */
	VT_SKIP,    /* the next character belongs to the sequence */
};

/* What ESC 7 saves and ESC 8 brings back. */
struct vt_cursor {
	unsigned column, row;
	bool wrap; /* the next character begins a new line */
	uint8_t foreground, background;
	bool bold, underline, reverse;
};

struct vt {
	unsigned columns, rows;
	struct vt_cursor cursor, saved;
	unsigned top, bottom; /* lines that scroll, both included */
	bool autowrap, insert, origin, cursor_shown;
	uint64_t touched; /* bit n: line n may look different */

	/* The sequence that is being read. */
	enum vt_state state;
	unsigned params[VT_MAX_PARAMS], param_count;
	char prefix;         /* '?' and its kin, or 0 */
	uint32_t character;  /* UTF-8 so far */
	unsigned utf8_bytes; /* of it still to come */

	/* An answer to a question (ESC [ 6 n), as if it were typed. */
	char reply[24];
	size_t reply_length;

	uint16_t cells[VT_MAX_ROWS][VT_MAX_COLUMNS];
};

/* An empty screen; what exceeds the maximum is cut. */
void vt_init(struct vt *vt, unsigned columns, unsigned rows);

/* Bytes from a program, UTF-8. */
void vt_write(struct vt *vt, const uint8_t *bytes, size_t count);

/*
 * Text of the kernel's: on lines of its own, in plain colours, whatever a
 * program is in the middle of. Of the parts of a message only the first
 * `begins`. Each "\n" also returns to the left.
 */
void vt_message(struct vt *vt, bool begins, const char *text, size_t length);

/* kernel/optional/screen/vt_control.c: ESC [ … `final`, whose parameters have been read. */
void vt_control(struct vt *vt, uint8_t final);

/* What both files need; kernel/optional/screen/vt.c. */
void vt_clear(struct vt *vt, unsigned row, unsigned column, unsigned end);
void vt_scroll_up(struct vt *vt, unsigned top, unsigned count);
void vt_scroll_down(struct vt *vt, unsigned top, unsigned count);
void vt_reset(struct vt *vt);

#endif
