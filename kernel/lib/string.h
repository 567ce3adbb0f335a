/*
 * Memory and strings, as in the C library, and what it lacks: a bounded copy
 * that always ends its result, and numbers read strictly.  The compiler
 * itself calls memcpy, memmove, memset and memcmp.
 */
#ifndef KERNEL_LIB_STRING_H
#define KERNEL_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/*
 * Copies as much of `src` as fits and ends it with NUL (size 0: writes
 * nothing).  Returns the length copied, or -E2BIG when it had to be cut.
 */
long strscpy(char *dst, const char *src, size_t size);

/*
 * Reads the whole of `s` as a number: an optional sign, then decimal, 0x… or 0….
 * Returns 0, -EINVAL if `s` is anything else, or -ERANGE if it does not fit. *out
 * is written only on success.
 */
int parse_int(const char *s, long *out);

/* Copies text that a program chose into a line that others read: a newline as
 * \n, a backslash doubled, other control characters in octal, so that it forges
 * no line and reaches no terminal. `to` has room for ESCAPED_SIZE(size of
 * `from`). */
#define ESCAPED_SIZE(size) (4 * (size))
void escape(char *to, const char *from);

#endif
