/*
 * printf: one parser, one number printer, and an output that is either a
 * buffer of the caller's or a small one that is written out when it is full.
 */
#include "user/lib/printf.h"

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/errno.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

#define MAX_DIGITS 64

struct output {
	char *buf;
	size_t size;  /* of buf */
	size_t used;  /* characters in buf */
	size_t total; /* characters put so far */
	int fd;       /* where a full buf is written to; -1: the rest is cut */
};

/* One conversion, from its % to its letter. */
struct conversion {
	bool left, zero, alternate;
	int width;
	int precision; /* -1: none given */
	int size;      /* bytes of an integer argument */
	char letter;
};

long write_all(int fd, const void *buf, size_t len)
{
	const char *from = buf;

	while (len) {
		long n = call_write(fd, from, len);

		if (n < 0 && n != -EINTR)
			return n;
		if (n > 0) {
			from += n;
			len -= n;
		}
	}
	return 0;
}

static void put(struct output *out, char c)
{
	out->total++;
	if (out->used == out->size && out->fd >= 0) {
		write_all(out->fd, out->buf, out->used);
		out->used = 0;
	}
	if (out->used < out->size)
		out->buf[out->used++] = c;
}

static void put_field(struct output *out, const struct conversion *conv,
		      const char *text, int len)
{
	int blanks = conv->width - len;

	while (!conv->left && blanks-- > 0)
		put(out, ' ');
	for (int i = 0; i < len; i++)
		put(out, text[i]);
	while (conv->left && blanks-- > 0)
		put(out, ' ');
}

static void put_string(struct output *out, const struct conversion *conv,
		       const char *s)
{
	int len = 0;

	if (!s)
		s = "(null)";
	while ((conv->precision < 0 || len < conv->precision) && s[len])
		len++;
	put_field(out, conv, s, len);
}

/* Builds the number from its last digit to its sign, then pads it. */
static void put_number(struct output *out, const struct conversion *conv,
		       uint64_t value, bool negative)
{
	bool hex = strchr("xXp", conv->letter);
	bool prefixed = conv->letter == 'p' || (conv->alternate && value);
	const char *digits = conv->letter == 'X' ? "0123456789ABCDEF"
						 : "0123456789abcdef";
	unsigned base = hex ? 16 : conv->letter == 'o' ? 8 : 10;
	int least = conv->precision < 0 ? 1 : conv->precision;
	char text[MAX_DIGITS + 2];
	int start = sizeof(text);

	if (conv->zero && !conv->left && conv->precision < 0)
		least = conv->width - (hex && prefixed ? 2 : negative);
	if (least > MAX_DIGITS)
		least = MAX_DIGITS;

	for (; value || (int)sizeof(text) - start < least; value /= base)
		text[--start] = digits[value % base];
	if (prefixed && hex)
		text[--start] = conv->letter == 'X' ? 'X' : 'x';
	if (prefixed && base != 10 && text[start] != '0')
		text[--start] = '0';
	if (negative)
		text[--start] = '-';
	put_field(out, conv, text + start, sizeof(text) - start);
}

/* Reads flags, width, precision, length and letter; returns what follows. */
static const char *parse_conversion(const char *fmt, struct conversion *conv,
				    va_list *args)
{
	int *number = &conv->width;

	*conv = (struct conversion){ .precision = -1, .size = sizeof(int) };
	for (;; fmt++) {
		if (*fmt == '-')
			conv->left = true;
		else if (*fmt == '0')
			conv->zero = true;
		else if (*fmt == '#')
			conv->alternate = true;
		else
			break;
	}
	for (;; fmt++) {
		if (*fmt == '.')
			*(number = &conv->precision) = 0;
		else if (*fmt == '*')
			*number = va_arg(*args, int);
		else if (*fmt >= '0' && *fmt <= '9')
			*number = *number * 10 + *fmt - '0';
		else
			break;
	}
	if (conv->width < 0) {
		conv->left = true;
		conv->width = -conv->width;
	}
	for (;; fmt++) {
		if (*fmt == 'h')
			conv->size /= 2;
		else if (*fmt && strchr("lzjt", *fmt))
			conv->size = sizeof(long);
		else
			break;
	}
	conv->letter = *fmt == 'i' ? 'd' : *fmt;
	return *fmt ? fmt + 1 : fmt;
}

static uint64_t unsigned_argument(va_list *args, int size)
{
	if (size == sizeof(long))
		return va_arg(*args, unsigned long);
	return va_arg(*args, unsigned) & (0xffffffff >> (32 - size * 8));
}

static int64_t signed_argument(va_list *args, int size)
{
	if (size == sizeof(long))
		return va_arg(*args, long);
	return (int32_t)((uint32_t)va_arg(*args, int) << (32 - size * 8)) >>
	       (32 - size * 8);
}

static void put_conversion(struct output *out, struct conversion *conv,
			   va_list *args)
{
	if (conv->letter == 's') {
		put_string(out, conv, va_arg(*args, const char *));
	} else if (conv->letter == 'c') {
		char c = va_arg(*args, int);

		put_field(out, conv, &c, 1);
	} else if (conv->letter == 'd') {
		int64_t value = signed_argument(args, conv->size);
		uint64_t size = value;

		put_number(out, conv, value < 0 ? -size : size, value < 0);
	} else if (conv->letter == 'p') {
		put_number(out, conv, va_arg(*args, unsigned long), false);
	} else if (conv->letter && strchr("uxXo", conv->letter)) {
		put_number(out, conv, unsigned_argument(args, conv->size),
			   false);
	} else {
		put(out, conv->letter ? conv->letter : '%');
	}
}

static void output_vprintf(struct output *out, const char *fmt, va_list args)
{
	struct conversion conv;
	va_list rest;

	va_copy(rest, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(out, *fmt++);
			continue;
		}
		fmt = parse_conversion(fmt + 1, &conv, &rest);
		put_conversion(out, &conv, &rest);
	}
	va_end(rest);
}

int vdprintf(int fd, const char *fmt, va_list args)
{
	char buf[512];
	struct output out = { .buf = buf, .size = sizeof(buf), .fd = fd };

	output_vprintf(&out, fmt, args);
	write_all(fd, buf, out.used);
	return out.total;
}

int dprintf(int fd, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int total = vdprintf(fd, fmt, args);
	va_end(args);
	return total;
}

int printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int total = vdprintf(1, fmt, args);
	va_end(args);
	return total;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct output out = { .buf = buf,
			      .size = size ? size - 1 : 0,
			      .fd = -1 };

	output_vprintf(&out, fmt, args);
	if (size)
		buf[out.used] = '\0';
	return out.total;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int total = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return total;
}
