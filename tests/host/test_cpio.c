/*
 * The initrd's reader, kernel/fs/cpio.c, on good archives and on damaged ones:
 * cut at each byte, each byte changed, sizes and names that lie. Every archive
 * is a heap block of its exact size, under the address and undefined-behaviour
 * sanitizers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/abi/errno.h"
#include "kernel/fs/initrd.h"

#define ARCHIVE_MAX 4096
#define FUZZ_ROUNDS 20000

/* ---- A builder ---- */

static uint8_t archive[ARCHIVE_MAX];
static size_t used;

static void append(const void *bytes, size_t size)
{
	assert_true(used + size <= ARCHIVE_MAX);
	memcpy(archive + used, bytes, size);
	used += size;
}

static void pad(void)
{
	while (used % 4)
		append("", 1);
}

/* An entry whose header says `name_size` and `size`, whatever is true. */
static void add_raw(const char *name, uint32_t name_bytes, uint32_t name_size,
		    uint32_t mode, const char *data, uint32_t bytes,
		    uint32_t size)
{
	char header[111];

	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08x%08X%08X%08X%08X%08X%08X%08X",
		 7u, mode, 11u, 12u, 1u, 1234567u, size, 0u, 0u, 5u, 1u,
		 name_size, 0u);
	append(header, 110);
	append(name, name_bytes);
	pad();
	append(data, bytes);
	pad();
}

static void add(const char *name, uint32_t mode, const char *data)
{
	uint32_t length = (uint32_t)strlen(name) + 1;

	add_raw(name, length, length, mode, data, (uint32_t)strlen(data),
		(uint32_t)strlen(data));
}

static void build_good(void)
{
	used = 0;
	add("bin", 040755, "");
	add("bin/a", 0100755, "x");
	add("bin/link", 0120777, "a");
	add("etc/four", 0100644, "abcd");
	add("dev/..console", 020600, "");
	add("TRAILER!!!", 0, "");
}

/* ---- A reader that checks what every archive must keep to ---- */

/* Reads all of [from, from + size), copied to a block of that size. The result
 * of the last cpio_next(), and how many entries came before. */
static int read_all(const uint8_t *from, size_t size, unsigned *entries)
{
	uint8_t *copy = malloc(size ? size : 1);
	size_t offset = 0, before;
	struct cpio_entry entry;
	unsigned long sum = 0;
	int result;

	memcpy(copy, from, size);
	*entries = 0;
	for (;;) {
		before = offset;
		result = cpio_next(copy, size, &offset, &entry);
		if (result < 0)
			break;
		assert_true(offset > before && offset <= size);
		assert_true(entry.name[0]);
		sum += strlen(entry.name);
		for (size_t i = 0; i < entry.size; i++)
			sum += entry.data[i];
		if (!result)
			break;
		++*entries;
	}
	free(copy);
	assert_true(sum < UINT32_MAX); /* the bytes were read */
	return result;
}

static int read_built(unsigned *entries)
{
	return read_all(archive, used, entries);
}

/* ---- Tests ---- */

static void good_archive(void **state)
{
	struct cpio_entry entry;
	size_t offset = 0;

	(void)state;
	build_good();
	assert_int_equal(cpio_next(archive, used, &offset, &entry), 1);
	assert_string_equal(entry.name, "bin");
	assert_int_equal(entry.mode, 040755);
	assert_int_equal(entry.size, 0);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), 1);
	assert_string_equal(entry.name, "bin/a");
	assert_int_equal(entry.size, 1);
	assert_int_equal(entry.data[0], 'x');
	assert_int_equal(entry.uid, 11);
	assert_int_equal(entry.gid, 12);
	assert_int_equal(entry.mtime, 1234567);
	assert_int_equal(entry.rdev_major, 5);
	assert_int_equal(entry.rdev_minor, 1);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), 1);
	assert_int_equal(entry.mode, 0120777);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), 1);
	assert_memory_equal(entry.data, "abcd", 4);
	assert_int_equal(cpio_next(archive, used, &offset, &entry), 1);
	assert_string_equal(entry.name, "dev/..console");
	assert_int_equal(cpio_next(archive, used, &offset, &entry), 0);
}

/* Behind the trailer may stand anything: cpio pads to its block size. */
static void bytes_behind_the_trailer(void **state)
{
	unsigned entries;

	(void)state;
	build_good();
	append("garbage", 7);
	assert_int_equal(read_built(&entries), 0);
	assert_int_equal(entries, 5);
}

static void cut_at_each_byte(void **state)
{
	size_t trailer;
	unsigned entries;

	(void)state;
	build_good();
	/* the padding of the last entry may be missing */
	trailer = used - (used - 110) % 4;
	for (size_t size = 0; size < used; size++) {
		int result = read_all(archive, size, &entries);

		if (size < trailer - 3)
			assert_int_equal(result, -EINVAL);
		assert_true(entries <= 5);
	}
	assert_int_equal(read_all(archive, used, &entries), 0);
}

static void each_byte_changed(void **state)
{
	static const uint8_t values[] = { 0,   '0', '7', 'f',  'F',
					  'g', '/', '.', 0x80, 0xff };
	unsigned entries;

	(void)state;
	build_good();
	for (size_t i = 0; i < used; i++) {
		uint8_t old = archive[i];

		for (size_t j = 0; j < sizeof(values); j++) {
			archive[i] = values[j];
			read_built(&entries);
		}
		archive[i] = old;
	}
}

static void random_damage(void **state)
{
	static const char damage[] = "0123456789abcdefF/.\0x\xff";
	unsigned entries;

	(void)state;
	srand(666);
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		build_good();
		for (int i = rand() % 8; i >= 0; i--)
			archive[(size_t)rand() % used] =
				(uint8_t)damage[rand() % 22];
		read_all(archive, (size_t)rand() % (used + 1), &entries);
	}
}

static void sizes_that_lie(void **state)
{
	static const uint32_t sizes[] = { 5,          100,        4096,
					  0x7fffffff, 0x80000000, 0xfffffffc,
					  0xffffffff };
	unsigned entries;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		used = 0;
		add_raw("file", 5, 5, 0100644, "data", 4, sizes[i]);
		assert_int_equal(read_built(&entries), -EINVAL);
		used = 0;
		add_raw("file", 5, sizes[i] + 1, 0100644, "data", 4, 4);
		assert_int_equal(read_built(&entries), -EINVAL);
	}
}

static void names_that_lie(void **state)
{
	/* the root has nothing above it, so no name leads out of it */
	static const char *const fine[] = { "...",  "..a", "a/..b/c", "./a",
					    "../a", "/a",  "a/.." };
	unsigned entries;

	(void)state;
	used = 0;
	add("", 0100644, "data");
	add("TRAILER!!!", 0, "");
	assert_int_equal(read_built(&entries), -EINVAL);
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		used = 0;
		add(fine[i], 0100644, "data");
		add("TRAILER!!!", 0, "");
		assert_int_equal(read_built(&entries), 0);
		assert_int_equal(entries, 1);
	}
	used = 0;
	add_raw("unended", 7, 7, 0100644, "", 0, 0);
	assert_int_equal(read_built(&entries), -EINVAL);
	used = 0;
	add_raw("x", 2, 0, 0100644, "", 0, 0);
	assert_int_equal(read_built(&entries), -EINVAL);
}

static void other_formats(void **state)
{
	static const char *const magics[] = { "070702", "070707", "\037\213" };
	unsigned entries;

	(void)state;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		build_good();
		memcpy(archive, magics[i], strlen(magics[i]));
		assert_int_equal(read_built(&entries), -EINVAL);
		assert_int_equal(entries, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_archive),
		cmocka_unit_test(bytes_behind_the_trailer),
		cmocka_unit_test(cut_at_each_byte),
		cmocka_unit_test(each_byte_changed),
		cmocka_unit_test(random_damage),
		cmocka_unit_test(sizes_that_lie),
		cmocka_unit_test(names_that_lie),
		cmocka_unit_test(other_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
