/*
 * Memory and strings (string.h).  Copies go by words of 8 bytes, unaligned
 * where they are, and by the CPU's own instructions for it.  Pages are
 * cleared and copied by kernel/mm/page.asm.
 */
#include "kernel/lib/string.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/types.h"

/* Eight bytes anywhere, that may be part of any object. */
typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;

#define WORD sizeof(word_t)

/* Copies from the start, words first. */
static void copy_upwards(char *dst, const char *src, size_t n)
{
	size_t words = n / WORD, bytes = n % WORD;

	__asm__ volatile("rep movsq"
			 : "+D"(dst), "+S"(src), "+c"(words)
			 :
			 : "memory");
	__asm__ volatile("rep movsb"
			 : "+D"(dst), "+S"(src), "+c"(bytes)
			 :
			 : "memory");
}

/* Copies from the end, because dst may overlap src from above. */
static void copy_downwards(char *dst, const char *src, size_t n)
{
	for (; n >= WORD; n -= WORD)
		*(word_t *)(dst + n - WORD) = *(const word_t *)(src + n - WORD);
	while (n--)
		dst[n] = src[n];
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	copy_upwards(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst <= (uintptr_t)src)
		copy_upwards(dst, src, n);
	else
		copy_downwards(dst, src, n);
	return dst;
}

void *memset(void *dst, int byte, size_t n)
{
	word_t w = (unsigned char)byte * 0x0101010101010101UL;
	size_t words = n / WORD, bytes = n % WORD;
	char *p = dst;

	__asm__ volatile("rep stosq"
			 : "+D"(p), "+c"(words)
			 : "a"(w)
			 : "memory");
	__asm__ volatile("rep stosb"
			 : "+D"(p), "+c"(bytes)
			 : "a"(w)
			 : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a;
	const unsigned char *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c)
			found = s;
	} while (*s++);
	return (char *)found;
}

long strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (len < size) {
		memcpy(dst, src, len + 1);
		return (long)len;
	}
	if (size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
	}
	return -E2BIG;
}

/* Returns the value of a digit of a base up to 16, or 16 if it is not a digit. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Returns the base of a number, and skips 0x. The 0 in front of an octal number
 * is one of its digits. */
static unsigned int parse_base(const char **s)
{
	if ((*s)[0] != '0')
		return 10;
	if ((*s)[1] != 'x' && (*s)[1] != 'X')
		return 8;
	*s += 2;
	return 16;
}

int parse_int(const char *s, long *out)
{
	int sign = *s == '-' ? -1 : 1;
	bool overflow = false;
	unsigned int base;
	long n = 0;

	if (*s == '-' || *s == '+')
		s++;
	base = parse_base(&s);
	do {
		unsigned int digit = digit_value(*s++);

		if (digit >= base)
			return -EINVAL;
		overflow |= __builtin_mul_overflow(n, base, &n);
		overflow |= __builtin_add_overflow(n, sign * (int)digit, &n);
	} while (*s);
	if (overflow)
		return -ERANGE;
	*out = n;
	return 0;
}

void escape(char *to, const char *from)
{
	for (; *from; from++) {
		unsigned char c = (unsigned char)*from;

		if (c >= ' ' && c != '\\' && c != 0x7f) {
			*to++ = *from;
			continue;
		}
		*to++ = '\\';
		if (c == '\n' || c == '\\') {
			*to++ = c == '\n' ? 'n' : '\\';
			continue;
		}
		*to++ = (char)('0' + (c >> 6));
		*to++ = (char)('0' + (c >> 3 & 7));
		*to++ = (char)('0' + (c & 7));
	}
	*to = '\0';
}
