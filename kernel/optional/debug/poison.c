/* The byte of kernel/cpu/poison.h, in a build with ASSERT=1. */
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/poison.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"

uint8_t poison_byte;

static void set_poison(const char *value)
{
	long byte;

	if (parse_int(value, &byte) || byte < 0 || byte > 255)
		kprintf("poison=%s: not a byte\n", value);
	else
		poison_byte = (uint8_t)byte;
}
WORD("poison", set_poison);
