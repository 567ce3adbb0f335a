/*
 * The engine of formatted output (printf.h): it reads the format, turns each
 * argument into characters, pads them, and hands them to a sink. It knows no
 * device, takes no lock and allocates nothing.
 */
#include "kernel/lib/printf.h"

#include "kernel/lib/string.h"

/* A conversion as written: %[flags][width][.precision][length]type */
struct spec {
	bool left;          /* flag - */
	bool alt;           /* flag # */
	bool zero;          /* flag 0 */
	bool is_long;       /* length l or z: an argument of 8 bytes */
	unsigned width;     /* at least so many characters */
	unsigned precision; /* at most so many of a string */
	char type;
};

static void put(struct sink *sink, const char *s, int length)
{
	if (length > 0)
		sink->put(sink, s, (size_t)length);
}

static void pad(struct sink *sink, char c, int count)
{
	while (count-- > 0)
		put(sink, &c, 1);
}

/* Puts blanks, a prefix (a sign or 0x), zeros, `length` characters, blanks. */
static void put_field(struct sink *sink, const struct spec *spec,
		      const char *prefix, const char *s, int length)
{
	int prefix_length = (int)strlen(prefix);
	int missing = (int)spec->width - prefix_length - length;

	if (!spec->left && !spec->zero)
		pad(sink, ' ', missing);
	put(sink, prefix, prefix_length);
	if (!spec->left && spec->zero)
		pad(sink, '0', missing);
	put(sink, s, length);
	if (spec->left)
		pad(sink, ' ', missing);
}

static void put_number(struct sink *sink, const struct spec *spec,
		       unsigned long n, unsigned base, const char *prefix)
{
	char digits[22]; /* 64 bits in octal */
	char *end = digits + sizeof(digits), *first = end;

	do
		*--first = "0123456789abcdef"[n % base];
	while (n /= base);
	put_field(sink, spec, prefix, first, (int)(end - first));
}

/* Puts the next argument. Returns false for a type that is not one of ours. */
static bool convert(struct sink *sink, const struct spec *spec, va_list *args)
{
	unsigned long n = 0;
	const char *string;
	char c;

	if (spec->type && strchr("duoxc", spec->type))
		n = spec->is_long       ? va_arg(*args, unsigned long)
		    : spec->type == 'd' ? (unsigned long)va_arg(*args, int)
					: va_arg(*args, unsigned);
	switch (spec->type) {
	case 'd':
		put_number(sink, spec, (long)n < 0 ? -n : n, 10,
			   (long)n < 0 ? "-" : "");
		return true;
	case 'u':
		put_number(sink, spec, n, 10, "");
		return true;
	case 'o':
		put_number(sink, spec, n, 8, "");
		return true;
	case 'x':
		put_number(sink, spec, n, 16, spec->alt && n ? "0x" : "");
		return true;
	case 's':
		string = va_arg(*args, const char *) ?: "(null)";
		put_field(sink, spec, "", string,
			  (int)strnlen(string, spec->precision));
		return true;
	case 'c':
		c = (char)n;
		put_field(sink, spec, "", &c, 1);
		return true;
	case '%':
		put(sink, "%", 1);
		return true;
	default:
		return false;
	}
}

/* Reads digits, or `*` for an argument, which is not negative. */
static const char *parse_count(const char *s, unsigned *count, va_list *args)
{
	*count = 0;
	if (*s == '*') {
		*count = va_arg(*args, unsigned);
		return s + 1;
	}
	for (; *s >= '0' && *s <= '9'; s++)
		*count = *count * 10 + (unsigned)(*s - '0');
	return s;
}

/* Reads what follows a `%`. Returns where its last character stands. */
static const char *parse_spec(const char *s, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = INT32_MAX };
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

void sink_vprintf(struct sink *sink, const char *format, va_list args)
{
	const char *percent, *last;
	struct spec spec;
	va_list rest;

	va_copy(rest, args);
	while ((percent = strchr(format, '%'))) {
		put(sink, format, (int)(percent - format));
		last = parse_spec(percent + 1, &spec, &rest);
		format = *last ? last + 1 : last;
		if (!convert(sink, &spec, &rest))
			put(sink, percent, (int)(format - percent));
	}
	va_end(rest);
	put(sink, format, (int)strlen(format));
}

void sink_printf(struct sink *sink, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sink_vprintf(sink, format, args);
	va_end(args);
}

/* A buffer as a sink. */
struct buffer_sink {
	struct sink sink;
	char *next;
	size_t space; /* bytes left, without the NUL's */
	int total;    /* characters, with those that did not fit */
};

static void buffer_put(struct sink *sink, const char *s, size_t length)
{
	struct buffer_sink *b = container_of(sink, struct buffer_sink, sink);
	size_t part = MIN(length, b->space);

	memcpy(b->next, s, part);
	b->next += part;
	b->space -= part;
	b->total += (int)length;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
	struct buffer_sink b = {
		.sink = { buffer_put },
		.next = buffer,
		.space = size ? size - 1 : 0,
	};
	va_list args;

	va_start(args, format);
	sink_vprintf(&b.sink, format, args);
	va_end(args);
	if (size)
		*b.next = '\0';
	return b.total;
}
