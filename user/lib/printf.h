/*
 * Formatted output to a file descriptor or a buffer.  Each call makes one
 * write(2) for up to a few lines: there is no buffer that fork() could double
 * or a crash lose.
 *
 * Conversions: d i u x X o c s p %, flags - 0 #, width and precision (also
 * `*`), lengths hh h l ll z j t; up to 64 digits.  No floating point.
 */
#ifndef USER_LIB_PRINTF_H
#define USER_LIB_PRINTF_H

#include <stdarg.h>
#include <stddef.h>

#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))

/* Each returns the number of characters that the whole output has. */
__printf(1, 2) int printf(const char *fmt, ...);
__printf(2, 3) int dprintf(int fd, const char *fmt, ...);
int vdprintf(int fd, const char *fmt, va_list args);

/* Writes at most size - 1 characters and a NUL (size 0: nothing). */
__printf(3, 4) int snprintf(char *buf, size_t size, const char *fmt, ...);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

/*
 * Writes all of `buf`, in as many write(2)s as it takes.  0, or -errno with
 * an unknown part written.
 */
long write_all(int fd, const void *buf, size_t len);

/* The name of an error, with either sign: "EINVAL"; "E?" if unknown. */
const char *errno_name(long error);

#endif
