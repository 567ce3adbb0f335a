/*
 * Memory and strings, as in the C library.  The compiler itself calls memcpy,
 * memmove, memset and memcmp.
 */
#ifndef USER_LIB_STRING_H
#define USER_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);

/*
 * The decimal number that `s` is, from 0 to INT64_MAX; -EINVAL for anything
 * else, so also for an empty string and for trailing letters.
 */
long parse_number(const char *s);

#endif
