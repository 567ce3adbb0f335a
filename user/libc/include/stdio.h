/*
 * <stdio.h> for programs that are linked with libc.so.
 */
#ifndef STDIO_H
#define STDIO_H

__attribute__((format(printf, 1, 2))) int printf(const char *fmt, ...);
int puts(const char *s);
int putchar(int c);

#endif
