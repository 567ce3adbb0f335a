/*
 * The engine of formatted output (printf.h): reads the format, turns each
 * argument into characters, pads them, and hands them to a sink.  It knows no
 * device, takes no lock and allocates nothing.
 */
#include "kernel/lib/printf.h"

#include "kernel/lib/string.h"

/* A conversion as written: %[flags][width][.precision][length]type */
struct spec {
	bool left;     /* flag - */
	bool alt;      /* flag # */
	bool zero;     /* flag 0 */
	bool is_long;  /* length l or z: an argument of 8 bytes */
	int width;     /* at least */
	int precision; /* -1: none given */
	char type;
};

/* Where the output goes, and how much there was of it. */
struct output {
	struct sink *sink;
	int total;
};

static void put(struct output *out, const char *s, int len)
{
	if (len <= 0)
		return;
	out->sink->put(out->sink, s, (size_t)len);
	out->total += len;
}

static void pad(struct output *out, char c, int count)
{
	char chunk[16];

	memset(chunk, c, sizeof(chunk));
	for (; count > 0; count -= (int)sizeof(chunk))
		put(out, chunk, MIN(count, (int)sizeof(chunk)));
}

/* Blanks, prefix (sign or 0x), zeros, `len` characters, blanks. */
static void put_field(struct output *out, const struct spec *spec,
		      const char *prefix, int zeros, const char *s, int len)
{
	int prefix_len = (int)strlen(prefix);
	int blanks = spec->width - prefix_len - zeros - len;

	if (!spec->left)
		pad(out, ' ', blanks);
	put(out, prefix, prefix_len);
	pad(out, '0', zeros);
	put(out, s, len);
	if (spec->left)
		pad(out, ' ', blanks);
}

static void put_string(struct output *out, const struct spec *spec,
		       const char *s)
{
	size_t max = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;

	/* The C library prints no part of this word. */
	if (!s)
		s = max >= strlen("(null)") ? "(null)" : "";
	put_field(out, spec, "", 0, s, (int)strnlen(s, max));
}

/* A precision is a least number of digits and makes the flag 0 void, as the
 * flag - does. */
static void put_number(struct output *out, const struct spec *spec,
		       unsigned long n, unsigned int base, const char *prefix)
{
	char digits[23]; /* 64 bits in octal, and one more for %#o */
	char *end = digits + sizeof(digits);
	char *first = end;
	int len, zeros;

	if (n == 0 && spec->precision != 0)
		*--first = '0';
	for (; n; n /= base)
		*--first = "0123456789abcdef"[n % base];
	if (base == 8 && spec->alt && (first == end || *first != '0'))
		*--first = '0';
	len = (int)(end - first);
	zeros = spec->precision - len;
	if (spec->zero && !spec->left && spec->precision < 0)
		zeros = spec->width - (int)strlen(prefix) - len;
	put_field(out, spec, prefix, MAX(zeros, 0), first, len);
}

static void put_signed(struct output *out, const struct spec *spec, long n)
{
	unsigned long size = n < 0 ? -(unsigned long)n : (unsigned long)n;

	put_number(out, spec, size, 10, n < 0 ? "-" : "");
}

static void put_pointer(struct output *out, const struct spec *spec,
			unsigned long address)
{
	if (address)
		put_number(out, spec, address, 16, "0x");
	else
		put_field(out, spec, "", 0, "(nil)", (int)strlen("(nil)"));
}

/* Returns false for a type that is none of ours. */
static bool convert(struct output *out, const struct spec *spec, va_list *args)
{
	unsigned long n = 0;
	char c;

	if (spec->type && strchr("diuoxpc", spec->type))
		n = spec->is_long || spec->type == 'p'
			    ? va_arg(*args, unsigned long)
			    : va_arg(*args, unsigned int);
	switch (spec->type) {
	case 'd':
	case 'i':
		put_signed(out, spec, spec->is_long ? (long)n : (int)n);
		return true;
	case 'u':
		put_number(out, spec, n, 10, "");
		return true;
	case 'o':
		put_number(out, spec, n, 8, "");
		return true;
	case 'x':
		put_number(out, spec, n, 16, spec->alt && n ? "0x" : "");
		return true;
	case 'p':
		put_pointer(out, spec, n);
		return true;
	case 's':
		put_string(out, spec, va_arg(*args, const char *));
		return true;
	case 'c':
		c = (char)n;
		put_field(out, spec, "", 0, &c, 1);
		return true;
	case '%':
		put(out, "%", 1);
		return true;
	default:
		return false;
	}
}

/* Digits, or `*` for an argument; neither is 0. */
static const char *parse_count(const char *s, int *count, va_list *args)
{
	*count = 0;
	if (*s == '*') {
		*count = va_arg(*args, int);
		return s + 1;
	}
	for (; *s >= '0' && *s <= '9'; s++)
		*count = *count * 10 + (*s - '0');
	return s;
}

/* Reads what follows a `%`; returns where its last character stands. */
static const char *parse_spec(const char *s, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = -1 };
	for (; *s == '-' || *s == '#' || *s == '0'; s++) {
		spec->left |= *s == '-';
		spec->alt |= *s == '#';
		spec->zero |= *s == '0';
	}
	s = parse_count(s, &spec->width, args);
	if (*s == '.')
		s = parse_count(s + 1, &spec->precision, args);
	for (; *s == 'l' || *s == 'z'; s++)
		spec->is_long = true;
	spec->type = *s;
	return s;
}

int sink_vprintf(struct sink *sink, const char *fmt, va_list args)
{
	struct output out = { .sink = sink };
	struct spec spec;
	va_list rest;

	va_copy(rest, args);
	for (;;) {
		const char *percent = strchr(fmt, '%');
		const char *last;

		if (!percent)
			break;
		put(&out, fmt, (int)(percent - fmt));
		last = parse_spec(percent + 1, &spec, &rest);
		fmt = *last ? last + 1 : last;
		if (!convert(&out, &spec, &rest))
			put(&out, percent, (int)(fmt - percent));
	}
	va_end(rest);
	put(&out, fmt, (int)strlen(fmt));
	return out.total;
}

int sink_printf(struct sink *sink, const char *fmt, ...)
{
	va_list args;
	int total;

	va_start(args, fmt);
	total = sink_vprintf(sink, fmt, args);
	va_end(args);
	return total;
}

/* A buffer as a sink: what does not fit is counted by the engine alone. */
struct buffer_sink {
	struct sink sink;
	char *next;
	size_t space; /* bytes left, the NUL's not among them */
};

static void buffer_put(struct sink *sink, const char *s, size_t len)
{
	struct buffer_sink *b = container_of(sink, struct buffer_sink, sink);

	len = MIN(len, b->space);
	memcpy(b->next, s, len);
	b->next += len;
	b->space -= len;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct buffer_sink b = {
		.sink = { buffer_put },
		.next = buf,
		.space = size ? size - 1 : 0,
	};
	int total = sink_vprintf(&b.sink, fmt, args);

	if (size)
		*b.next = '\0';
	return total;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int total;

	va_start(args, fmt);
	total = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return total;
}
