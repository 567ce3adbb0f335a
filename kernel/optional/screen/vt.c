/*
 * The grid of characters, and the part of the language that is no control
 * sequence: text in UTF-8, line feeds and their kin, ESC and one letter.
 * Control sequences are vt_control.c's.
 */
#include "kernel/optional/screen/vt.h"

#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

#define ESCAPE      0x1b
#define DELETE      0x7f
#define TAB_WIDTH   8
#define UNKNOWN     0xfe /* a square */
#define REPLACEMENT 0xfffd

/* tools/font: the Unicode number of each character of code page 437. */
extern const uint16_t font_unicode[256];

/* ---- The grid ---- */

/* An empty cell takes the background that is set, as on Linux. */
static uint16_t blank(const struct vt *vt)
{
	return (uint16_t)(' ' | (7 | vt->cursor.background << 4) << 8);
}

void vt_clear(struct vt *vt, unsigned row, unsigned column, unsigned end)
{
	vt->touched |= 1ul << row;
	for (; column < end; column++)
		vt->cells[row][column] = blank(vt);
}

static void clear_rows(struct vt *vt, unsigned row, unsigned end)
{
	for (; row < end; row++)
		vt_clear(vt, row, 0, vt->columns);
}

static void touch(struct vt *vt, unsigned row, unsigned end)
{
	for (; row < end; row++)
		vt->touched |= 1ul << row;
}

/* The lines from `top` to the end of the region move; new ones are empty. */
void vt_scroll_up(struct vt *vt, unsigned top, unsigned count)
{
	unsigned end = vt->bottom + 1;

	count = MIN(count, end - top);
	touch(vt, top, end);
	memmove(vt->cells[top], vt->cells[top + count],
		(end - top - count) * sizeof(vt->cells[0]));
	clear_rows(vt, end - count, end);
}

void vt_scroll_down(struct vt *vt, unsigned top, unsigned count)
{
	unsigned end = vt->bottom + 1;

	count = MIN(count, end - top);
	touch(vt, top, end);
	memmove(vt->cells[top + count], vt->cells[top],
		(end - top - count) * sizeof(vt->cells[0]));
	clear_rows(vt, top, top + count);
}

void vt_reset(struct vt *vt)
{
	vt->cursor = (struct vt_cursor){ .foreground = 7 };
	vt->saved = vt->cursor;
	vt->top = 0;
	vt->bottom = vt->rows - 1;
	vt->autowrap = vt->cursor_shown = true;
	vt->insert = vt->origin = false;
	vt->state = VT_TEXT;
	vt->utf8_bytes = 0;
	clear_rows(vt, 0, vt->rows);
}

void vt_init(struct vt *vt, unsigned columns, unsigned rows)
{
	vt->columns = MAX(MIN(columns, (unsigned)VT_MAX_COLUMNS), 1u);
	vt->rows = MAX(MIN(rows, (unsigned)VT_MAX_ROWS), 1u);
	vt->reply_length = 0;
	vt_reset(vt);
}

/* ---- Moving ---- */

static void line_feed(struct vt *vt)
{
	vt->cursor.wrap = false;
	if (vt->cursor.row == vt->bottom)
		vt_scroll_up(vt, vt->top, 1);
	else if (vt->cursor.row + 1 < vt->rows)
		vt->cursor.row++;
}

static void reverse_line_feed(struct vt *vt)
{
	vt->cursor.wrap = false;
	if (vt->cursor.row == vt->top)
		vt_scroll_down(vt, vt->top, 1);
	else if (vt->cursor.row)
		vt->cursor.row--;
}

static void carriage_return(struct vt *vt)
{
	vt->cursor.wrap = false;
	vt->cursor.column = 0;
}

static void tabulate(struct vt *vt)
{
	unsigned column = (vt->cursor.column / TAB_WIDTH + 1) * TAB_WIDTH;

	vt->cursor.column = MIN(column, vt->columns - 1);
}

static void back_space(struct vt *vt)
{
	vt->cursor.wrap = false;
	if (vt->cursor.column)
		vt->cursor.column--;
}

/* ---- Characters ---- */

static uint8_t attribute(const struct vt_cursor *cursor)
{
	uint8_t foreground = cursor->foreground, background;

	/* there is no underline: the colour has to say it */
	if (cursor->underline && foreground == 7)
		foreground = 3;
	background = cursor->background;
	if (cursor->reverse) {
		background = foreground & 7;
		foreground = cursor->background;
	}
	return (uint8_t)(foreground | (cursor->bold ? 8 : 0) | background << 4);
}

/* The character's number in code page 437. */
static uint8_t to_437(uint32_t character)
{
	if (character >= ' ' && character < DELETE)
		return (uint8_t)character;
	for (unsigned i = 1; i < 256; i++)
		if (font_unicode[i] == character)
			return (uint8_t)i;
	return UNKNOWN;
}

static void put_character(struct vt *vt, uint32_t character)
{
	struct vt_cursor *cursor = &vt->cursor;
	uint16_t *row;

	if (cursor->wrap) {
		carriage_return(vt);
		line_feed(vt);
	}
	row = vt->cells[cursor->row];
	vt->touched |= 1ul << cursor->row;
	if (vt->insert)
		memmove(row + cursor->column + 1, row + cursor->column,
			(vt->columns - cursor->column - 1) * sizeof(*row));
	row[cursor->column] = (uint16_t)(to_437(character) | attribute(cursor)
								     << 8);
	if (cursor->column + 1 < vt->columns)
		cursor->column++;
	else
		cursor->wrap = vt->autowrap;
}

/* A byte above 0x7f: part of a character (RFC 3629). */
static void take_utf8(struct vt *vt, uint8_t byte)
{
	if (byte < 0xc0) {
		if (!vt->utf8_bytes) {
			put_character(vt, REPLACEMENT);
			return;
		}
		vt->character = vt->character << 6 | (byte & 0x3f);
		if (--vt->utf8_bytes == 0)
			put_character(vt, vt->character);
		return;
	}
	vt->utf8_bytes = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	vt->character = byte & (0x3fu >> vt->utf8_bytes);
}

/* ---- Sequences ---- */

/* Control characters work in the middle of a sequence, too. */
static void take_control(struct vt *vt, uint8_t byte)
{
	switch (byte) {
	case '\b':
		back_space(vt);
		break;
	case '\t':
		tabulate(vt);
		break;
	case '\n':
	case '\v':
	case '\f':
		line_feed(vt);
		break;
	case '\r':
		carriage_return(vt);
		break;
	case 0x18: /* CAN, SUB: the sequence is off */
	case 0x1a:
		vt->state = VT_TEXT;
		break;
	case ESCAPE:
		vt->state = VT_ESCAPE;
		break;
	}
}

static void take_escape(struct vt *vt, uint8_t byte)
{
	vt->state = VT_TEXT;
	switch (byte) {
	case '[':
		vt->state = VT_CONTROL;
		vt->param_count = 0;
		vt->prefix = 0;
		memset(vt->params, 0, sizeof(vt->params));
		break;
	case ']':
		vt->state = VT_STRING;
		break;
	case '(': /* character sets: there is but one */
	case ')':
	case '#':
	case '%':
		vt->state = VT_SKIP;
		break;
	case '7':
		vt->saved = vt->cursor;
		break;
	case '8':
		vt->cursor = vt->saved;
		break;
	case 'D':
		line_feed(vt);
		break;
	case 'E':
		carriage_return(vt);
		line_feed(vt);
		break;
	case 'M':
		reverse_line_feed(vt);
		break;
	case 'c':
		vt_reset(vt);
		break;
	}
}

/* Parameters, and the letter that ends them. */
static void take_parameter(struct vt *vt, uint8_t byte)
{
	unsigned *param =
		&vt->params[MIN(vt->param_count, (unsigned)VT_MAX_PARAMS - 1)];

	if (byte >= '0' && byte <= '9') {
		*param = MIN(*param * 10 + byte - '0', 9999u);
	} else if (byte == ';' || byte == ':') {
		vt->param_count++;
	} else if (byte >= 0x3c && byte <= 0x3f) {
		vt->prefix = (char)byte;
	} else if (byte >= 0x40 && byte < DELETE) {
		vt->param_count = MIN(vt->param_count + 1,
				      (unsigned)VT_MAX_PARAMS);
		vt->state = VT_TEXT;
		vt_control(vt, byte);
	}
}

static void take_byte(struct vt *vt, uint8_t byte)
{
	if (vt->state == VT_STRING) { /* a title, say: there is no place */
		if (byte == '\a' || byte == ESCAPE)
			vt->state = byte == '\a' ? VT_TEXT : VT_SKIP;
	} else if (byte < ' ') {
		vt->utf8_bytes = 0;
		take_control(vt, byte);
	} else if (vt->state == VT_ESCAPE) {
		take_escape(vt, byte);
	} else if (vt->state == VT_CONTROL) {
		take_parameter(vt, byte);
	} else if (vt->state == VT_SKIP) {
		vt->state = VT_TEXT;
	} else if (byte >= 0x80) {
		take_utf8(vt, byte);
	} else if (byte != DELETE) {
		vt->utf8_bytes = 0;
		put_character(vt, byte);
	}
}

void vt_write(struct vt *vt, const uint8_t *bytes, size_t count)
{
	while (count--)
		take_byte(vt, *bytes++);
}

void vt_message(struct vt *vt, bool begins, const char *text, size_t length)
{
	struct vt_cursor before = vt->cursor;

	vt->state = VT_TEXT;
	vt->utf8_bytes = 0;
	vt->cursor.foreground = 7;
	vt->cursor.background = 0;
	vt->cursor.bold = vt->cursor.underline = vt->cursor.reverse = false;
	if (begins && vt->cursor.column) {
		carriage_return(vt);
		line_feed(vt);
	}
	for (; length; text++, length--) {
		if (*text == '\n')
			carriage_return(vt);
		take_byte(vt, (uint8_t)*text);
	}
	before.column = vt->cursor.column;
	before.row = vt->cursor.row;
	before.wrap = vt->cursor.wrap;
	vt->cursor = before;
}
