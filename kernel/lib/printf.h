/*
 * Formatted output.  One engine writes to a sink: kprintf, snprintf and the
 * files of /proc differ only in where the characters go.
 *
 * Conversions: d i u x o c s p %, flags `- # 0`, width and precision (also
 * `*`), lengths l and z, with the C library's results.
 */
#ifndef KERNEL_LIB_PRINTF_H
#define KERNEL_LIB_PRINTF_H

#include <stdarg.h>
#include <stddef.h>

#include "kernel/lib/types.h"

/* Where characters go; embedded in a struct that knows what to do. */
struct sink {
	void (*put)(struct sink *sink, const char *s, size_t len);
};

/* Returns the number of characters that the whole output has. */
int sink_vprintf(struct sink *sink, const char *fmt, va_list args);
__printf(2, 3) int sink_printf(struct sink *sink, const char *fmt, ...);

/* The same; writes at most size - 1 characters and a NUL (size 0: nothing). */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
__printf(3, 4) int snprintf(char *buf, size_t size, const char *fmt, ...);

#endif
