/*
 * The engine of formatted output (printf.h): reads the format, turns each
 * argument into characters, pads them, and hands them to a sink.  It knows no
 * device, takes no lock and allocates nothing.
 */
#include "kernel/lib/printf.h"

#include "kernel/lib/string.h"

/* A conversion as written: %[flags][width][.precision][length]type */
struct spec {
	bool left;  /* - */
	bool plus;  /* + */
	bool space; /* ' ' */
	bool alt;   /* # */
	bool zero;  /* 0 */
	int width;
	int precision; /* -1: none given */
	int size;      /* of an integer argument, in bytes */
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

/* Text of `len` characters in a field of the spec's width. */
static void put_text(struct output *out, const struct spec *spec, const char *s,
		     int len)
{
	if (!spec->left)
		pad(out, ' ', spec->width - len);
	put(out, s, len);
	if (spec->left)
		pad(out, ' ', spec->width - len);
}

static void put_string(struct output *out, const struct spec *spec,
		       const char *s)
{
	size_t max = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;

	/* The C library prints no part of this word. */
	if (!s)
		s = max >= strlen("(null)") ? "(null)" : "";
	put_text(out, spec, s, (int)strnlen(s, max));
}

/*
 * Blanks, prefix (sign or 0x), zeros, digits, blanks.  A precision is a least
 * number of digits and makes the flag 0 void, as the flag - does.
 */
static void put_digits(struct output *out, const struct spec *spec,
		       const char *prefix, const char *digits, int len)
{
	int prefix_len = (int)strlen(prefix);
	int zeros = spec->precision - len;

	if (spec->zero && !spec->left && spec->precision < 0)
		zeros = spec->width - prefix_len - len;
	zeros = MAX(zeros, 0);
	len += zeros;
	if (!spec->left)
		pad(out, ' ', spec->width - prefix_len - len);
	put(out, prefix, prefix_len);
	pad(out, '0', zeros);
	put(out, digits, len - zeros);
	if (spec->left)
		pad(out, ' ', spec->width - prefix_len - len);
}

static void put_number(struct output *out, const struct spec *spec,
		       unsigned long n, unsigned int base, const char *prefix)
{
	const char *alphabet = spec->type == 'X' ? "0123456789ABCDEF"
						 : "0123456789abcdef";
	char digits[23]; /* 64 bits in octal, and one more for %#o */
	char *end = digits + sizeof(digits);
	char *first = end;

	if (n == 0 && spec->precision != 0)
		*--first = '0';
	for (; n; n /= base)
		*--first = alphabet[n % base];
	if (base == 8 && spec->alt && (first == end || *first != '0'))
		*--first = '0';
	put_digits(out, spec, prefix, first, (int)(end - first));
}

static void put_signed(struct output *out, const struct spec *spec, long n)
{
	const char *sign = spec->plus ? "+" : spec->space ? " " : "";

	if (n < 0)
		put_number(out, spec, -(unsigned long)n, 10, "-");
	else
		put_number(out, spec, (unsigned long)n, 10, sign);
}

static void put_hex(struct output *out, const struct spec *spec,
		    unsigned long n)
{
	const char *prefix = spec->type == 'X' ? "0X" : "0x";

	put_number(out, spec, n, 16, spec->alt && n ? prefix : "");
}

static void put_pointer(struct output *out, struct spec *spec,
			unsigned long address)
{
	spec->alt = true;
	if (address)
		put_hex(out, spec, address);
	else
		put_text(out, spec, "(nil)", (int)strlen("(nil)"));
}

/* An argument narrower than int arrives as an int. */
static long signed_argument(const struct spec *spec, va_list *args)
{
	switch (spec->size) {
	case 1:
		return (signed char)va_arg(*args, int);
	case 2:
		return (short)va_arg(*args, int);
	case 4:
		return va_arg(*args, int);
	default:
		return va_arg(*args, long);
	}
}

static unsigned long unsigned_argument(const struct spec *spec, va_list *args)
{
	long n = signed_argument(spec, args);

	return spec->size == 8
		       ? (unsigned long)n
		       : (unsigned long)n & ((1UL << spec->size * 8) - 1);
}

/* False for a type that is none of ours. */
static bool convert(struct output *out, struct spec *spec, va_list *args)
{
	char c;

	switch (spec->type) {
	case 'd':
	case 'i':
		put_signed(out, spec, signed_argument(spec, args));
		return true;
	case 'u':
		put_number(out, spec, unsigned_argument(spec, args), 10, "");
		return true;
	case 'o':
		put_number(out, spec, unsigned_argument(spec, args), 8, "");
		return true;
	case 'x':
	case 'X':
		put_hex(out, spec, unsigned_argument(spec, args));
		return true;
	case 'p':
		put_pointer(out, spec, va_arg(*args, unsigned long));
		return true;
	case 's':
		put_string(out, spec, va_arg(*args, const char *));
		return true;
	case 'c':
		c = (char)va_arg(*args, int);
		put_text(out, spec, &c, 1);
		return true;
	case '%':
		put(out, "%", 1);
		return true;
	default:
		return false;
	}
}

static const char *parse_flags(const char *s, struct spec *spec)
{
	for (;; s++) {
		switch (*s) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alt = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return s;
		}
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

static const char *parse_length(const char *s, struct spec *spec)
{
	spec->size = sizeof(int);
	switch (*s) {
	case 'h':
		spec->size = s[1] == 'h' ? 1 : 2;
		return s + (s[1] == 'h' ? 2 : 1);
	case 'l':
		spec->size = 8;
		return s + (s[1] == 'l' ? 2 : 1);
	case 'z':
	case 'j':
	case 't':
		spec->size = 8;
		return s + 1;
	default:
		return s;
	}
}

/* Reads what follows a `%`; returns where its last character stands. */
static const char *parse_spec(const char *s, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = -1 };
	s = parse_flags(s, spec);
	s = parse_count(s, &spec->width, args);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*s == '.')
		s = parse_count(s + 1, &spec->precision, args);
	s = parse_length(s, spec);
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
