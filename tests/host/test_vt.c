/*
 * The screen's language: kernel/optional/screen/vt.c, and the keyboard's:
 * kernel/optional/screen/keymap.c, as shipped, under the sanitizers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/optional/screen/keyboard.h"
#include "kernel/optional/screen/vt.h"

#define FUZZ_ROUNDS 3000
#define FUZZ_BYTES  200

/* As tools/font makes it; enough of it for these tests. */
const uint16_t font_unicode[256] = { [0x82] = 0xe9, [0xc4] = 0x2500 };

static struct vt *vt;

static int setup(void **state)
{
	(void)state;
	vt = calloc(1, sizeof(*vt));
	vt_init(vt, 10, 5);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(vt);
	return 0;
}

static void put(const char *text)
{
	vt_write(vt, (const uint8_t *)text, strlen(text));
}

/* The characters of a line, blanks at its end left out. */
static const char *line(unsigned row)
{
	static char text[VT_MAX_COLUMNS + 1];
	int length = (int)vt->columns;

	for (int i = 0; i < length; i++)
		text[i] = (char)vt->cells[row][i];
	while (length && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
	return text;
}

static void assert_cursor(unsigned row, unsigned column)
{
	assert_int_equal(vt->cursor.row, row);
	assert_int_equal(vt->cursor.column, column);
}

static void test_text(void **state)
{
	(void)state;
	put("ab\r\ncd\be\tf");
	assert_string_equal(line(0), "ab");
	assert_string_equal(line(1), "ce      f");
	put("\r\n0123456789");
	assert_cursor(2, 9); /* the line is full, and not yet left */
	put("x");
	assert_string_equal(line(2), "0123456789");
	assert_string_equal(line(3), "x");
	put("\033[?7l\r0123456789AB");
	assert_string_equal(line(3), "012345678B");
}

static void test_utf8(void **state)
{
	(void)state;
	put("\xc3\xa9\xe2\x94\x80\xe2\x82\xac\xffz");
	assert_int_equal(vt->cells[0][0] & 0xff, 0x82);
	assert_int_equal(vt->cells[0][1] & 0xff, 0xc4);
	assert_int_equal(vt->cells[0][2] & 0xff, 0xfe); /* not in the font */
	assert_int_equal(vt->cells[0][3] & 0xff, 'z');
}

static void test_scrolling(void **state)
{
	(void)state;
	put("1\r\n2\r\n3\r\n4\r\n5\r\n6");
	assert_string_equal(line(0), "2");
	assert_string_equal(line(4), "6");
	put("\033[2;4r\033[4;1H\n"); /* the region alone moves */
	assert_string_equal(line(0), "2");
	assert_string_equal(line(1), "4");
	assert_string_equal(line(3), "");
	assert_string_equal(line(4), "6");
	put("\033[2;1H\033M"); /* and back */
	assert_string_equal(line(1), "");
	assert_string_equal(line(2), "4");
	put("\033[2;1H\033[M");
	assert_string_equal(line(1), "4");
	put("\033[L");
	assert_string_equal(line(2), "4");
	assert_string_equal(line(4), "6");
}

static void test_cursor(void **state)
{
	(void)state;
	put("\033[3;4H");
	assert_cursor(2, 3);
	put("\033[A\033[2C");
	assert_cursor(1, 5);
	put("\0337\033[99;99H");
	assert_cursor(4, 9);
	put("\0338\033[D\033[B");
	assert_cursor(2, 4);
	put("\033[7G\033[1d");
	assert_cursor(0, 6);
	put("\033[H");
	assert_cursor(0, 0);
	put("\033[?25l");
	assert_false(vt->cursor_shown);
	put("\033[?25h");
	assert_true(vt->cursor_shown);
}

static void test_erasing(void **state)
{
	(void)state;
	put("abcdefgh\033[4G\033[2P");
	assert_string_equal(line(0), "abcfgh");
	put("\033[3@");
	assert_string_equal(line(0), "abc   fgh");
	put("\033[2X\033[7G\033[K");
	assert_string_equal(line(0), "abc");
	put("\033[2G\033[1K");
	assert_string_equal(line(0), "  c");
	put("\r\nmore\033[1;1H\033[J");
	assert_string_equal(line(1), "");
	put("x\033[2J");
	assert_string_equal(line(0), "");
}

static void test_colours(void **state)
{
	(void)state;
	put("\033[1;31;44mA\033[7mB\033[0mC\033[38;5;2mD\033[4mE");
	assert_int_equal(vt->cells[0][0], 'A' | 0x1c00);
	assert_int_equal(vt->cells[0][1], 'B' | 0x4900);
	assert_int_equal(vt->cells[0][2], 'C' | 0x0700);
	assert_int_equal(vt->cells[0][3], 'D' | 0x0700);
	assert_int_equal(vt->cells[0][4], 'E' | 0x0300);
}

static void test_answers(void **state)
{
	(void)state;
	put("\033[2;3H\033[6n");
	assert_memory_equal(vt->reply, "\033[2;3R", 6);
	assert_int_equal(vt->reply_length, 6);
	put("\033[c");
	assert_memory_equal(vt->reply, "\033[?6c", 5);
}

static void test_ignored(void **state)
{
	(void)state;
	put("a\033]0;a title\ab\033]2;x\033\\c\033(Bd\033[?1049he\033[99zf");
	assert_string_equal(line(0), "abcdef");
	put("\033[12\030g");
	assert_string_equal(line(0), "abcdefg");
}

static void test_message(void **state)
{
	(void)state;
	put("\033[31mred\033[4");
	vt_message(vt, true, "kernel\n", 7);
	put("1");
	assert_string_equal(line(1), "kernel");
	assert_int_equal(vt->cells[1][0], 'k' | 0x0700);
	assert_int_equal(vt->cells[2][0], '1' | 0x0400);
}

static void test_touched(void **state)
{
	(void)state;
	vt->touched = 0;
	put("\033[2;1Hx");
	assert_int_equal(vt->touched, 1 << 1);
	vt->touched = 0;
	put("\033[2;3r\033[3;1H\n");
	assert_int_equal(vt->touched, 3 << 1);
}

/* Any bytes at any size keep the cursor and the region on the screen. */
static void test_fuzz(void **state)
{
	static const char some[] =
		"\033[;?0123456789ABCDGHJKLMPSTXdfhlmnrsu@78Mc]";
	uint8_t bytes[FUZZ_BYTES];

	(void)state;
	srandom(666);
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		vt_init(vt, (unsigned)random() % 300, (unsigned)random() % 80);
		for (int i = 0; i < FUZZ_BYTES; i++)
			bytes[i] = random() % 4
					   ? (uint8_t)some[(size_t)random() %
							   (sizeof(some) - 1)]
					   : (uint8_t)random();
		vt_write(vt, bytes, sizeof(bytes));
		assert_true(vt->cursor.row < vt->rows);
		assert_true(vt->cursor.column < vt->columns);
		assert_true(vt->top <= vt->bottom && vt->bottom < vt->rows);
	}
}

/* ---- The keyboard ---- */

/* What these scan codes send, the last one 0. */
static const char *typed(struct keyboard *keyboard, const char *codes)
{
	static char all[64];
	size_t length = 0;

	for (; *codes; codes++)
		length += keyboard_decode(keyboard, (uint8_t)*codes,
					  all + length);
	all[length] = '\0';
	return all;
}

#define A      "\x1e\x9e"
#define DIGIT2 "\x03\x83"

static void test_keys(void **state)
{
	struct keyboard k = { 0 };

	(void)state;
	assert_string_equal(typed(&k, A DIGIT2), "a2");
	assert_string_equal(typed(&k, "\x2a" A DIGIT2 "\xaa" A), "A@a");
	assert_string_equal(typed(&k, "\x36" A "\xb6" A), "Aa");
	assert_string_equal(typed(&k, "\x3a\xba" A DIGIT2 "\x2a" A "\xaa"),
			    "A2a");
	assert_string_equal(typed(&k, "\x3a\xba" A), "a");
	assert_string_equal(typed(&k, "\x1d" A "\x2e\x9d\x2e"), "\001\003c");
	assert_string_equal(typed(&k, "\xe0\x1d" A "\xe0\x9d" A), "\001a");
	assert_string_equal(typed(&k, "\x38" A "\xb8"), "\033a");
	assert_string_equal(typed(&k, "\x1c\x0e\x0f\x01"), "\r\177\t\033");
	assert_string_equal(typed(&k, "\x2a\x0f\xaa"), "\033[Z");
}

static void test_special_keys(void **state)
{
	struct keyboard k = { 0 };

	(void)state;
	assert_string_equal(typed(&k, "\xe0\x48\xe0\xc8"), "\033[A");
	assert_string_equal(typed(&k, "\xe0\x4b\xe0\x4d\xe0\x50"),
			    "\033[D\033[C\033[B");
	assert_string_equal(typed(&k, "\xe0\x47\xe0\x4f\xe0\x53"),
			    "\033[1~\033[4~\033[3~");
	assert_string_equal(typed(&k, "\x3b\x44\x58"),
			    "\033[[A\033[21~\033[24~");
	assert_string_equal(typed(&k, "\x48\x45\xc5\x48"), "\033[A8");
	assert_string_equal(typed(&k, "\xe0\x35\xe0\x1c"), "/\r");
	/* Pause, and the shift that comes with the arrows of some keyboards */
	assert_string_equal(typed(&k, "\xe1\x1d\x45\xe1\x9d\xc5" A), "a");
	assert_string_equal(typed(&k, "\xe0\x2a\xe0\x48\xe0\xc8\xe0\xaa" A),
			    "\033[Aa");
}

static void test_any_codes(void **state)
{
	struct keyboard k = { 0 };
	char out[KEY_BYTES];

	(void)state;
	srandom(666);
	for (int i = 0; i < 100000; i++)
		assert_true(keyboard_decode(&k, (uint8_t)random(), out) <=
			    KEY_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_utf8, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scrolling, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_cursor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_erasing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_colours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(test_message, setup, teardown),
		cmocka_unit_test_setup_teardown(test_touched, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fuzz, setup, teardown),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_special_keys),
		cmocka_unit_test(test_any_codes),
	};

	return cmocka_run_group_tests_name("vt", tests, NULL, NULL);
}
