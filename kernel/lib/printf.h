/*
 * Formatted output. One engine writes to a sink: kprintf, snprintf and the
 * files of /proc differ only in where the characters go.
 *
 * Conversions: d u x o c s %, flags `-` `0` and `#` (of x), a width, a precision
 * of strings (both also `*`), lengths l and z, with the C library's results.
 */
#ifndef KERNEL_LIB_PRINTF_H
#define KERNEL_LIB_PRINTF_H

#include <stdarg.h>

#include "kernel/lib/types.h"

/* Where characters go; embedded in a struct that knows what to do. */
struct sink {
	void (*put)(struct sink *sink, const char *s, size_t len);
};

void sink_vprintf(struct sink *sink, const char *format, va_list args);
__printf(2, 3) void sink_printf(struct sink *sink, const char *format, ...);

/*
 * Writes at most size - 1 characters and a NUL (size 0: nothing). Returns the
 * number of characters that the whole output has.
 */
__printf(3, 4) int snprintf(char *buffer, size_t size, const char *format, ...);

#endif
