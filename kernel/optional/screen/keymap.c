/*
 * Scan codes of set 1 (IBM PS/2 Hardware Interface Technical Reference, table
 * "Keyboard scan codes") to what a terminal sends, for a US keyboard.
 */
#include "kernel/optional/screen/keyboard.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/types.h"

#define RELEASED 0x80
#define EXTENDED 0xe0
#define PAUSE    0xe1 /* and two codes more, twice */

enum scan_code {
	KEY_CONTROL = 0x1d,
	KEY_SHIFT_LEFT = 0x2a,
	KEY_SHIFT_RIGHT = 0x36,
	KEY_ALT = 0x38,
	KEY_CAPS = 0x3a,
	KEY_F1 = 0x3b,
	KEY_F10 = 0x44,
	KEY_NUMBERS = 0x45,
	KEY_PAD = 0x47, /* to 0x53 */
	KEY_PAD_END = 0x53,
	KEY_F11 = 0x57,
	KEY_F12 = 0x58,
	KEY_SLASH = 0x35, /* extended: the keypad's */
	KEY_ENTER = 0x1c,
};

/* By scan code: alone, and with shift. 0: a key that sends nothing. */
static const char plain[] =
	"\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'"
	"`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
	"\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

/* The keypad, from KEY_PAD on: with NumLock, and the sequence without. */
static const char pad_numbers[] = "789-456+1230.";
static const char *const pad_keys[] = {
	"\033[1~", "\033[A",  "\033[5~", "-",       "\033[D",
	NULL,      "\033[C",  "+",       "\033[4~", "\033[B",
	"\033[6~", "\033[2~", "\033[3~",
};

/* F1 … F12 */
static const char *const function_keys[] = {
	"\033[[A",  "\033[[B",  "\033[[C",  "\033[[D",  "\033[[E",  "\033[17~",
	"\033[18~", "\033[19~", "\033[20~", "\033[21~", "\033[23~", "\033[24~",
};

/* Shift, control, alt, and the locks: true if the key is one of them. */
static bool take_modifier(struct keyboard *keyboard, uint8_t key, bool down)
{
	bool right = keyboard->extended;

	switch (key) {
	case KEY_SHIFT_LEFT:
	case KEY_SHIFT_RIGHT:
		if (!keyboard->extended) /* else it is not the key itself */
			keyboard->shift[key == KEY_SHIFT_RIGHT] = down;
		return true;
	case KEY_CONTROL:
		keyboard->control[right] = down;
		return true;
	case KEY_ALT:
		keyboard->alt[right] = down;
		return true;
	case KEY_CAPS:
		keyboard->caps ^= down;
		return true;
	case KEY_NUMBERS:
		keyboard->numbers ^= down;
		return true;
	default:
		return false;
	}
}

static const char *special_key(const struct keyboard *keyboard, uint8_t key)
{
	if (key >= KEY_F1 && key <= KEY_F10)
		return function_keys[key - KEY_F1];
	if (key == KEY_F11 || key == KEY_F12)
		return function_keys[key - KEY_F11 + 10];
	if (key < KEY_PAD || key > KEY_PAD_END)
		return NULL;
	if (keyboard->numbers && !keyboard->extended)
		return NULL;
	return pad_keys[key - KEY_PAD];
}

/* The character of a key, shift and control reckoned in; -1: none. */
static int character(const struct keyboard *keyboard, uint8_t key)
{
	bool shift = keyboard->shift[0] || keyboard->shift[1];
	char c;

	if (keyboard->extended && key != KEY_SLASH && key != KEY_ENTER)
		return -1;
	if (key >= KEY_PAD && key <= KEY_PAD_END)
		return pad_numbers[key - KEY_PAD];
	if (key >= sizeof(plain) - 1 || !plain[key])
		return -1;
	if (plain[key] >= 'a' && plain[key] <= 'z' && keyboard->caps)
		shift = !shift;
	c = shift && !keyboard->extended ? shifted[key] : plain[key];
	if (!keyboard->control[0] && !keyboard->control[1])
		return c;
	if (c == ' ' || c == '2' || c == '@')
		return 0;
	if (c == '/')
		return 0x1f;
	return c >= '?' && c <= '~' ? c & 0x1f : c;
}

static size_t send(const struct keyboard *keyboard, uint8_t key,
		   char out[KEY_BYTES])
{
	const char *special = special_key(keyboard, key);
	bool alt = keyboard->alt[0] || keyboard->alt[1];
	int c;

	if (special)
		return (size_t)snprintf(out, KEY_BYTES, "%s", special);
	c = character(keyboard, key);
	if (c < 0)
		return 0;
	if (c == '\t' && (keyboard->shift[0] || keyboard->shift[1]))
		return (size_t)snprintf(out, KEY_BYTES, "\033[Z");
	out[0] = '\033';
	out[alt] = (char)c;
	return 1u + alt;
}

size_t keyboard_decode(struct keyboard *keyboard, uint8_t code,
		       char out[KEY_BYTES])
{
	uint8_t key = code & ~RELEASED;
	bool down = !(code & RELEASED);
	size_t count = 0;

	if (keyboard->skip) {
		keyboard->skip--;
		return 0;
	}
	if (code == EXTENDED) {
		keyboard->extended = true;
		return 0;
	}
	if (code == PAUSE)
		keyboard->skip = 2;
	else if (!take_modifier(keyboard, key, down) && down)
		count = send(keyboard, key, out);
	keyboard->extended = false;
	return count;
}
