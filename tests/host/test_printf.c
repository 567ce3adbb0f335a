/*
 * The kernel's formatted output, as shipped, against the C library's: random
 * formats and values, truncation at each size, and what the sink is given.
 * SEED=N in the environment repeats a run.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "kernel/lib/printf.h"

extern __typeof__(snprintf) k_snprintf;
extern __typeof__(sink_vprintf) k_sink_vprintf;

#define RUNS 20000

static uint64_t random_state;

/* splitmix64 */
static uint64_t random_word(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned int below(unsigned int n)
{
	return (unsigned int)(random_word() % n);
}

/*
 * A format under construction.  On x86_64 each argument has 8 bytes of its
 * own whatever its type, so all are passed as long.
 */
struct format {
	char text[128];
	long args[9];
	int count;
};

static void add(struct format *f, const char *text)
{
	strcat(f->text, text);
}

/* Nothing, a number, or a star and its argument. */
static void add_count(struct format *f, const char *before)
{
	char number[8];

	switch (below(4)) {
	case 0:
		snprintf(number, sizeof(number), "%u", 1 + below(40));
		add(f, before);
		add(f, number);
		break;
	case 1:
		add(f, before);
		add(f, "*");
		f->args[f->count++] = (int)below(40);
		break;
	case 2:
		add(f, before); /* a precision of nothing is one of 0 */
		break;
	}
}

static long random_integer(void)
{
	static const long edges[] = {
		0,         1,         -1,        9,          10,
		INT8_MAX,  INT8_MIN,  UINT8_MAX, INT16_MAX,  INT16_MIN,
		INT32_MAX, INT32_MIN, INT64_MAX, UINT32_MAX, INT64_MIN,
	};

	if (below(3) == 0)
		return edges[below(ARRAY_SIZE(edges))];
	return (long)(random_word() >> below(64));
}

static void add_integer(struct format *f)
{
	static const char *const lengths[] = { "", "", "l", "ll", "z" };
	static const char *const types = "duxo";
	char type[2] = { types[below(4)] };

	if (below(2))
		add(f, "-");
	if (below(2))
		add(f, "0");
	if (*type == 'x' && below(2))
		add(f, "#");
	add_count(f, "");
	add(f, lengths[below(ARRAY_SIZE(lengths))]);
	add(f, type);
	f->args[f->count++] = random_integer();
}

static void add_string(struct format *f)
{
	static const char *const strings[] = {
		"",
		"a",
		"colonel",
		"a string of some length, and then some",
	};

	if (below(2))
		add(f, "-");
	add_count(f, "");
	add_count(f, ".");
	add(f, "s");
	f->args[f->count++] = (long)strings[below(ARRAY_SIZE(strings))];
}

static void add_conversion(struct format *f)
{
	unsigned int kind = below(8);

	add(f, "%");
	if (kind < 4) {
		add_integer(f);
	} else if (kind < 6) {
		add_string(f);
	} else if (kind < 7) {
		if (below(2))
			add(f, "-");
		add_count(f, "");
		add(f, "c");
		f->args[f->count++] = (long)random_word();
	} else {
		add(f, "%");
	}
}

static void random_format(struct format *f)
{
	static const char *const texts[] = { "", "x", " = ", "some words " };

	memset(f, 0, sizeof(*f));
	for (unsigned int n = below(4); n; n--) {
		add(f, texts[below(ARRAY_SIZE(texts))]);
		add_conversion(f);
	}
	add(f, texts[below(ARRAY_SIZE(texts))]);
}

/* The result and the whole buffer, what is behind the text included. */
static int same(const struct format *f, size_t size)
{
	const long *a = f->args;
	char ours[512];
	char theirs[512];
	int our_len, their_len;

	memset(ours, '~', sizeof(ours));
	memset(theirs, '~', sizeof(theirs));
	our_len = k_snprintf(ours, size, f->text, a[0], a[1], a[2], a[3], a[4],
			     a[5], a[6], a[7], a[8]);
	their_len = snprintf(theirs, size, f->text, a[0], a[1], a[2], a[3],
			     a[4], a[5], a[6], a[7], a[8]);
	if (our_len == their_len && !memcmp(ours, theirs, sizeof(ours)))
		return 1;
	print_error("format \"%s\", size %zu\n", f->text, size);
	for (int i = 0; i < f->count; i++)
		print_error("argument %d: %#lx\n", i, a[i]);
	print_error("expected %d \"%.*s\"\n", their_len, (int)size, theirs);
	print_error("seen     %d \"%.*s\"\n", our_len, (int)size, ours);
	return 0;
}

static void test_random_formats(void **state)
{
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	struct format f;

	(void)state;
	random_state = seed;
	for (int i = 0; i < RUNS; i++) {
		random_format(&f);
		if (same(&f, 512) && same(&f, below(40)))
			continue;
		fail_msg("run %d; to repeat: SEED=%llu", i,
			 (unsigned long long)seed);
	}
}

static void test_every_size(void **state)
{
	struct format f = { "[%5d|%-8s|%#x]", { -42, (long)"beast", 666 }, 3 };

	(void)state;
	for (size_t size = 0; size < 32; size++)
		assert_true(same(&f, size));
}

/* A precision bounds what is read of a string that has no end. */
static void test_unterminated_string(void **state)
{
	const char beast[3] = { '6', '6', '6' };
	char buf[16];

	(void)state;
	assert_int_equal(k_snprintf(buf, sizeof(buf), "%.3s", beast), 3);
	assert_string_equal(buf, "666");
}

/* What is no conversion of ours is printed as it stands. */
static void test_unknown_conversion(void **state)
{
	const char *unknown = "%-5y and %";
	char buf[32];

	(void)state;
	assert_int_equal(k_snprintf(buf, sizeof(buf), unknown), 10);
	assert_string_equal(buf, unknown);
}

struct log {
	struct sink sink;
	char text[64];
	size_t len;
};

static void log_put(struct sink *sink, const char *s, size_t len)
{
	struct log *log = container_of(sink, struct log, sink);

	assert_true(len > 0 && log->len + len < sizeof(log->text));
	memcpy(log->text + log->len, s, len);
	log->len += len;
}

__printf(2, 3) static void log_printf(struct log *log, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	k_sink_vprintf(&log->sink, fmt, args);
	va_end(args);
}

static void test_sink(void **state)
{
	struct log log = { .sink = { log_put } };
	const char *volatile nothing = NULL;

	(void)state;
	log_printf(&log, "%s is %05d%% %s", "it", 666, nothing);
	assert_string_equal(log.text, "it is 00666% (null)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_formats),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_unterminated_string),
		cmocka_unit_test(test_unknown_conversion),
		cmocka_unit_test(test_sink),
	};

	return cmocka_run_group_tests_name("printf", tests, NULL, NULL);
}
