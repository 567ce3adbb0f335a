/*
 * Control sequences: ESC [ parameters letter (ECMA-48 5.4, and what
 * console_codes(4) adds). What is unknown is ignored.
 */
#include "kernel/optional/screen/vt.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

/* Parameter number `i`; where it is left out or 0, `otherwise`. */
static unsigned param(const struct vt *vt, unsigned i, unsigned otherwise)
{
	return i < vt->param_count && vt->params[i] ? vt->params[i] : otherwise;
}

/* ---- The cursor ---- */

/* Counted from 1; lines from the region's top when that is the origin. */
static void go_to(struct vt *vt, unsigned row, unsigned column)
{
	unsigned top = vt->origin ? vt->top : 0;
	unsigned last = vt->origin ? vt->bottom : vt->rows - 1;

	vt->cursor.row = MIN(top + row - 1, last);
	vt->cursor.column = MIN(column - 1, vt->columns - 1);
	vt->cursor.wrap = false;
}

static void move(struct vt *vt, uint8_t direction)
{
	struct vt_cursor *cursor = &vt->cursor;
	unsigned count = param(vt, 0, 1);
	unsigned first = cursor->row >= vt->top ? vt->top : 0;
	unsigned last = cursor->row <= vt->bottom ? vt->bottom : vt->rows - 1;

	cursor->wrap = false;
	switch (direction) {
	case 'A':
	case 'F':
		cursor->row -= MIN(count, cursor->row - first);
		break;
	case 'B':
	case 'E':
		cursor->row += MIN(count, last - cursor->row);
		break;
	case 'C':
		cursor->column += MIN(count, vt->columns - 1 - cursor->column);
		break;
	case 'D':
		cursor->column -= MIN(count, cursor->column);
		break;
	}
	if (direction == 'E' || direction == 'F')
		cursor->column = 0;
}

/* ---- Erasing, inserting, deleting ---- */

static void erase_line(struct vt *vt, unsigned row)
{
	unsigned column = vt->cursor.column;
	unsigned what = param(vt, 0, 0);

	vt_clear(vt, row, what ? 0 : column,
		 what == 1 ? column + 1 : vt->columns);
}

static void erase_screen(struct vt *vt)
{
	unsigned what = param(vt, 0, 0), row = vt->cursor.row;
	unsigned first = what ? 0 : row + 1;
	unsigned end = what == 1 ? row : vt->rows;

	if (what < 2)
		erase_line(vt, row);
	for (; first < end; first++)
		vt_clear(vt, first, 0, vt->columns);
}

static void insert_characters(struct vt *vt)
{
	unsigned column = vt->cursor.column, left = vt->columns - column;
	unsigned count = MIN(param(vt, 0, 1), left);
	uint16_t *cells = vt->cells[vt->cursor.row] + column;

	memmove(cells + count, cells, (left - count) * sizeof(*cells));
	vt_clear(vt, vt->cursor.row, column, column + count);
}

static void delete_characters(struct vt *vt)
{
	unsigned column = vt->cursor.column, left = vt->columns - column;
	unsigned count = MIN(param(vt, 0, 1), left);
	uint16_t *cells = vt->cells[vt->cursor.row] + column;

	memmove(cells, cells + count, (left - count) * sizeof(*cells));
	vt_clear(vt, vt->cursor.row, vt->columns - count, vt->columns);
}

static void erase_characters(struct vt *vt)
{
	unsigned column = vt->cursor.column;
	unsigned count = MIN(param(vt, 0, 1), vt->columns - column);

	vt_clear(vt, vt->cursor.row, column, column + count);
}

/* Lines move between the cursor and the end of the region. */
static void move_lines(struct vt *vt, uint8_t final)
{
	unsigned row = vt->cursor.row;

	if (row < vt->top || row > vt->bottom)
		return;
	if (final == 'L')
		vt_scroll_down(vt, row, param(vt, 0, 1));
	else
		vt_scroll_up(vt, row, param(vt, 0, 1));
	vt->cursor.column = 0;
}

/* ---- Colours and modes ---- */

/* ECMA-48's order of colours is red, green, blue; the screen's is the other. */
static uint8_t colour(unsigned number)
{
	return (uint8_t)((number & 1) << 2 | (number & 2) | (number & 4) >> 2);
}

static void set_colour(struct vt_cursor *cursor, unsigned param)
{
	if (param >= 30 && param <= 37)
		cursor->foreground = colour(param - 30);
	else if (param >= 90 && param <= 97)
		cursor->foreground = colour(param - 90) | 8;
	else if (param >= 40 && param <= 47)
		cursor->background = colour(param - 40);
	else if (param >= 100 && param <= 107)
		cursor->background = colour(param - 100);
	else if (param == 39)
		cursor->foreground = 7;
	else if (param == 49)
		cursor->background = 0;
}

static void set_attributes(struct vt *vt)
{
	struct vt_cursor *cursor = &vt->cursor;

	for (unsigned i = 0; i < vt->param_count; i++) {
		unsigned value = vt->params[i];

		if (value == 0) {
			cursor->foreground = 7;
			cursor->background = 0;
			cursor->bold = cursor->underline = false;
			cursor->reverse = false;
		} else if (value == 1 || value == 22) {
			cursor->bold = value == 1;
		} else if (value == 4 || value == 24) {
			cursor->underline = value == 4;
		} else if (value == 7 || value == 27) {
			cursor->reverse = value == 7;
		} else if (value == 38 || value == 48) {
			/* skip "5;n" or "2;r;g;b": a colour out of 256 or
			 * of all, which a text screen does not have */
			i += param(vt, i + 1, 0) == 5 ? 2 : 4;
		} else {
			set_colour(cursor, value);
		}
	}
}

static void set_mode(struct vt *vt, bool on)
{
	for (unsigned i = 0; i < vt->param_count; i++) {
		unsigned value = vt->params[i];

		if (!vt->prefix && value == 4)
			vt->insert = on;
		if (vt->prefix != '?')
			continue;
		if (value == 6) {
			vt->origin = on;
			go_to(vt, 1, 1);
		} else if (value == 7) {
			vt->autowrap = on;
		} else if (value == 25) {
			vt->cursor_shown = on;
		}
	}
}

static void set_region(struct vt *vt)
{
	unsigned top = param(vt, 0, 1), bottom = param(vt, 1, vt->rows);

	bottom = MIN(bottom, vt->rows);
	if (top >= bottom)
		return;
	vt->top = top - 1;
	vt->bottom = bottom - 1;
	go_to(vt, 1, 1);
}

/* ---- Questions ---- */

static void answer(struct vt *vt, uint8_t final)
{
	unsigned top = vt->origin ? vt->top : 0;
	int length = 0;

	if (final == 'c' && !vt->prefix)
		length = snprintf(vt->reply, sizeof(vt->reply), "\033[?6c");
	else if (final == 'n' && param(vt, 0, 0) == 5)
		length = snprintf(vt->reply, sizeof(vt->reply), "\033[0n");
	else if (final == 'n' && param(vt, 0, 0) == 6)
		length = snprintf(vt->reply, sizeof(vt->reply), "\033[%u;%uR",
				  vt->cursor.row - top + 1,
				  vt->cursor.column + 1);
	vt->reply_length = (size_t)length;
}

/* What edits the text; false: `final` is none of these. */
static bool edit(struct vt *vt, uint8_t final)
{
	switch (final) {
	case 'J':
		erase_screen(vt);
		break;
	case 'K':
		erase_line(vt, vt->cursor.row);
		break;
	case 'L':
	case 'M':
		move_lines(vt, final);
		break;
	case '@':
		insert_characters(vt);
		break;
	case 'P':
		delete_characters(vt);
		break;
	case 'X':
		erase_characters(vt);
		break;
	case 'S':
		vt_scroll_up(vt, vt->top, param(vt, 0, 1));
		break;
	case 'T':
		vt_scroll_down(vt, vt->top, param(vt, 0, 1));
		break;
	default:
		return false;
	}
	vt->cursor.wrap = false;
	return true;
}

void vt_control(struct vt *vt, uint8_t final)
{
	unsigned row = vt->cursor.row + 1 - (vt->origin ? vt->top : 0);

	if (final == 'h' || final == 'l')
		set_mode(vt, final == 'h');
	else if (final == 'c' || final == 'n')
		answer(vt, final);
	else if (vt->prefix || edit(vt, final))
		return;
	else if (final >= 'A' && final <= 'F')
		move(vt, final);
	else if (final == 'G' || final == '`')
		go_to(vt, row, param(vt, 0, 1));
	else if (final == 'd')
		go_to(vt, param(vt, 0, 1), vt->cursor.column + 1);
	else if (final == 'H' || final == 'f')
		go_to(vt, param(vt, 0, 1), param(vt, 1, 1));
	else if (final == 'm')
		set_attributes(vt);
	else if (final == 'r')
		set_region(vt);
	else if (final == 's')
		vt->saved = vt->cursor;
	else if (final == 'u')
		vt->cursor = vt->saved;
}
