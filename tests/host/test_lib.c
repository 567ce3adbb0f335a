/*
 * kernel/lib as shipped: memory and strings against the C library's, at each
 * length, alignment and overlap that takes another path; numbers; lists;
 * bitmaps against a naive walk.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "kernel/abi/errno.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"

extern __typeof__(memcpy) k_memcpy;
extern __typeof__(memmove) k_memmove;
extern __typeof__(memset) k_memset;
extern __typeof__(memcmp) k_memcmp;
extern __typeof__(strlen) k_strlen;
extern __typeof__(strnlen) k_strnlen;
extern __typeof__(strcmp) k_strcmp;
extern __typeof__(strncmp) k_strncmp;
extern __typeof__(strchr) k_strchr;
extern __typeof__(strrchr) k_strrchr;
extern __typeof__(strscpy) k_strscpy;
extern __typeof__(parse_int) k_parse_int;

#define AREA 128

static void fill(char *area)
{
	for (int i = 0; i < AREA; i++)
		area[i] = (char)(i + 1);
}

static void test_memcpy_memset(void **state)
{
	char src[AREA], ours[AREA], theirs[AREA];

	(void)state;
	fill(src);
	for (size_t n = 0; n <= 40; n++) {
		for (size_t at = 0; at < 16; at++) {
			memset(ours, 0, AREA);
			memset(theirs, 0, AREA);
			assert_ptr_equal(k_memcpy(ours + at, src + 3, n),
					 ours + at);
			memcpy(theirs + at, src + 3, n);
			assert_memory_equal(ours, theirs, AREA);
			assert_ptr_equal(k_memset(ours + at, 0x1a5, n),
					 ours + at);
			memset(theirs + at, 0x1a5, n);
			assert_memory_equal(ours, theirs, AREA);
		}
	}
}

static void test_memmove_overlaps(void **state)
{
	char ours[AREA], theirs[AREA];

	(void)state;
	for (size_t n = 0; n <= 40; n++) {
		for (size_t from = 0; from <= 48; from++) {
			fill(ours);
			fill(theirs);
			assert_ptr_equal(k_memmove(ours + 24, ours + from, n),
					 ours + 24);
			memmove(theirs + 24, theirs + from, n);
			assert_memory_equal(ours, theirs, AREA);
		}
	}
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_memcmp(void **state)
{
	char a[AREA], b[AREA];

	(void)state;
	fill(a);
	fill(b);
	for (size_t n = 0; n <= 40; n++) {
		for (size_t at = 0; at <= 40; at++) {
			b[at] = (char)0xf0;
			assert_int_equal(sign(k_memcmp(a, b, n)),
					 sign(memcmp(a, b, n)));
			assert_int_equal(sign(k_memcmp(b, a, n)),
					 sign(memcmp(b, a, n)));
			b[at] = a[at];
		}
	}
}

/* A page of x, and one behind it that faults; returns where that begins. */
static char *guarded_page(void)
{
	char *page = mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(mprotect(page + PAGE_SIZE, PAGE_SIZE, PROT_NONE), 0);
	memset(page, 'x', PAGE_SIZE);
	return page + PAGE_SIZE;
}

/* Nothing touches a byte behind the last. */
static void test_no_overrun(void **state)
{
	char *a = guarded_page();
	char *b = guarded_page();

	(void)state;
	for (size_t n = 0; n <= 40; n++) {
		k_memset(a - n, 'x', n);
		k_memcpy(b - n, a - n, n);
		assert_int_equal(k_memcmp(a - n, b - n, n), 0);
		k_memmove(b - n, b - n - 1, n);
		k_memmove(b - n - 1, b - n, n);
		assert_int_equal(k_strnlen(a - n, n), n);
		assert_int_equal(k_strncmp(a - n, b - n, n), 0);
	}
	a[-1] = '\0';
	assert_int_equal(k_strlen(a - 8), 7);
	assert_int_equal(k_strscpy(b - 8, a - 8, 8), 7);
	munmap(a - PAGE_SIZE, 2 * PAGE_SIZE);
	munmap(b - PAGE_SIZE, 2 * PAGE_SIZE);
}

static void test_strings(void **state)
{
	static const char *const s[] = { "",   "a",    "ab",    "abc",   "b",
					 "ba", "\xff", "a\xff", "abcabc" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
		assert_int_equal(k_strlen(s[i]), strlen(s[i]));
		assert_int_equal(k_strnlen(s[i], 2), strnlen(s[i], 2));
		for (const char *c = "abc\xffz"; *c; c++) {
			assert_ptr_equal(k_strchr(s[i], *c), strchr(s[i], *c));
			assert_ptr_equal(k_strrchr(s[i], *c),
					 strrchr(s[i], *c));
		}
		assert_ptr_equal(k_strchr(s[i], 0), strchr(s[i], 0));
		assert_ptr_equal(k_strrchr(s[i], 0), strrchr(s[i], 0));
		for (size_t j = 0; j < ARRAY_SIZE(s); j++) {
			assert_int_equal(sign(k_strcmp(s[i], s[j])),
					 sign(strcmp(s[i], s[j])));
			for (size_t n = 0; n < 5; n++)
				assert_int_equal(sign(k_strncmp(s[i], s[j], n)),
						 sign(strncmp(s[i], s[j], n)));
		}
	}
}

static void test_strscpy(void **state)
{
	char buf[8];

	(void)state;
	memset(buf, '~', sizeof(buf));
	assert_int_equal(k_strscpy(buf, "beast", 8), 5);
	assert_memory_equal(buf, "beast\0~~", 8);
	assert_int_equal(k_strscpy(buf, "beast", 6), 5);
	assert_int_equal(k_strscpy(buf, "beast", 5), -E2BIG);
	assert_memory_equal(buf, "beas\0\0~~", 8);
	assert_int_equal(k_strscpy(buf, "xyz", 1), -E2BIG);
	assert_memory_equal(buf, "\0eas\0\0~~", 8);
	assert_int_equal(k_strscpy(buf, "xyz", 0), -E2BIG);
	assert_memory_equal(buf, "\0eas\0\0~~", 8);
}

static void test_parse_int(void **state)
{
	static const struct {
		const char *text;
		int error;
		long value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "666", 0, 666 },
		{ "-42", 0, -42 },
		{ "+7", 0, 7 },
		{ "0x29a", 0, 666 },
		{ "0XfF", 0, 255 },
		{ "01232", 0, 666 },
		{ "-0x10", 0, -16 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN },
		{ "-0x8000000000000000", 0, INT64_MIN },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "-9223372036854775809", -ERANGE, 0 },
		{ "0x8000000000000000", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "99999999999999999999999x", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "-", -EINVAL, 0 },
		{ "--1", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 },
		{ "08", -EINVAL, 0 },
		{ "12a", -EINVAL, 0 },
		{ "0xg", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1\n", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		long value = 12345;
		int error = k_parse_int(cases[i].text, &value);

		if (error != cases[i].error ||
		    value != (error ? 12345 : cases[i].value))
			fail_msg("\"%s\": expected %d, %ld; seen %d, %ld",
				 cases[i].text, cases[i].error, cases[i].value,
				 error, value);
	}
}

struct item {
	int number;
	struct list_node node;
};

/* The list holds exactly these numbers, read in both directions. */
static void assert_list(struct list_node *head, int count, ...)
{
	struct list_node *node = head;
	struct item *item;
	va_list numbers;
	int seen = 0;

	va_start(numbers, count);
	list_for_each_entry (item, head, node) {
		assert_true(seen++ < count);
		assert_int_equal(item->number, va_arg(numbers, int));
	}
	va_end(numbers);
	assert_int_equal(seen, count);
	while ((node = node->prev) != head)
		seen--;
	assert_int_equal(seen, 0);
}

static void test_list(void **state)
{
	struct list_node head = LIST_INIT(head);
	struct item i[4] = { { .number = 0 }, { 1, {} }, { 2, {} }, { 3, {} } };

	(void)state;
	assert_true(list_empty(&head));
	assert_null(list_first(&head, struct item, node));
	assert_null(list_last(&head, struct item, node));
	list_add_tail(&i[1].node, &head);
	list_add_tail(&i[2].node, &head);
	list_add_head(&i[0].node, &head);
	assert_list(&head, 3, 0, 1, 2);
	assert_ptr_equal(list_first(&head, struct item, node), &i[0]);
	assert_ptr_equal(list_last(&head, struct item, node), &i[2]);
	list_add_tail(&i[3].node, &i[1].node);
	assert_list(&head, 4, 0, 3, 1, 2);
	list_remove(&i[3].node);
	list_remove(&i[3].node);
	assert_list(&head, 3, 0, 1, 2);
}

static void test_list_remove_while_walking(void **state)
{
	struct list_node head = LIST_INIT(head);
	struct item i[4] = { { .number = 0 }, { 1, {} }, { 2, {} }, { 3, {} } };
	struct item *item, *next;

	(void)state;
	for (int n = 0; n < 4; n++)
		list_add_tail(&i[n].node, &head);
	list_for_each_entry_safe (item, next, &head, node) {
		if (item->number % 2 == 0)
			list_remove(&item->node);
		memset(&item->number, 0xff, item->number % 2 ? 0 : 4);
	}
	assert_list(&head, 2, 1, 3);
}

#define BITS 200

static size_t naive_next(const uint64_t *map, size_t nbits, size_t start,
			 bool wanted)
{
	while (start < nbits && bitmap_test(map, start) != wanted)
		start++;
	return MIN(start, nbits);
}

static void assert_scans(const uint64_t *map)
{
	for (size_t nbits = 0; nbits <= BITS; nbits += 7) {
		for (size_t start = 0; start < BITS; start++) {
			if (start > nbits)
				break;
			assert_int_equal(bitmap_next(map, nbits, start, true),
					 naive_next(map, nbits, start, true));
			assert_int_equal(bitmap_next(map, nbits, start, false),
					 naive_next(map, nbits, start, false));
		}
	}
}

static void test_bitmap(void **state)
{
	BITMAP(map, BITS) = { 0 };

	(void)state;
	assert_int_equal(ARRAY_SIZE(map), 4);
	assert_scans(map);
	for (size_t bit = 0; bit < BITS; bit += 1 + bit / 3) {
		assert_false(bitmap_test(map, bit));
		bitmap_set(map, bit);
		assert_true(bitmap_test(map, bit));
		assert_scans(map);
	}
	memset(map, 0xff, sizeof(map));
	assert_scans(map);
	for (size_t bit = 0; bit < BITS; bit += 1 + bit / 3) {
		bitmap_clear(map, bit);
		assert_false(bitmap_test(map, bit));
		assert_scans(map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcpy_memset),
		cmocka_unit_test(test_memmove_overlaps),
		cmocka_unit_test(test_memcmp),
		cmocka_unit_test(test_no_overrun),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_strscpy),
		cmocka_unit_test(test_parse_int),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_remove_while_walking),
		cmocka_unit_test(test_bitmap),
	};

	return cmocka_run_group_tests_name("lib", tests, NULL, NULL);
}
