/*
 * The two symbol finders on the shipped image and on the host's real vDSO; and
 * the dynamic linker's, user/ldso/symbols.c, on images damaged in every way
 * that chance finds, under the sanitizers: it may find nothing, but never
 * reads outside.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include <cmocka.h>

/* The system's <elf.h> says the same as ours. */
#define KERNEL_ABI_ELF_H
#include "user/ldso/symbols.h"
#include "user/lib/vdso.h"
#include "tests/host/vdso_image.h"

static const char *const names[] = {
	"clock_gettime", "gettimeofday",       "time", "clock_getres", "getcpu",
	"capabilities",  "number_of_the_beast"
};
#define NAMES (sizeof(names) / sizeof(*names))

static unsigned char *file;
static size_t size;

/* What the symbol table says, without any hash table. */
static void *naive(const char *name)
{
	const Elf64_Ehdr *eh = (void *)file;
	const Elf64_Shdr *sh = (void *)(file + eh->e_shoff);

	while (sh->sh_type != SHT_DYNSYM)
		sh++;
	const Elf64_Sym *sym = (void *)(file + sh->sh_offset);
	const Elf64_Shdr *str = (Elf64_Shdr *)(file + eh->e_shoff) +
				sh->sh_link;

	while (strcmp((char *)file + str->sh_offset + sym->st_name, name))
		sym++;
	return file + sym->st_value;
}

/* user/lib's finder, which trusts the image. */
static void check_trusting(const char *full)
{
	char none[64];

	assert_ptr_equal(vdso_symbol(file, full, "LINUX_2.6"), naive(full));
	assert_null(vdso_symbol(file, full, "LINUX_2.7"));
	assert_null(vdso_symbol(file, full, "linux-vdso.so.1"));
	strcpy(none, full)[strlen(full) - 1]++;
	assert_null(vdso_symbol(file, none, "LINUX_2.6"));
}

static void check_names(const struct symbols *vdso)
{
	char full[64];

	for (size_t i = 0; i < NAMES; i++) {
		strcat(strcpy(full, "__vdso_"), names[i]);
		check_trusting(full);
		check_trusting(names[i]);
		assert_ptr_equal(symbols_find(vdso, full, "LINUX_2.6"),
				 naive(full));
		assert_ptr_equal(symbols_find(vdso, names[i], "LINUX_2.6"),
				 naive(names[i]));
		assert_ptr_equal(symbols_find(vdso, names[i], NULL),
				 naive(names[i]));
		assert_null(symbols_find(vdso, full, "LINUX_2.7"));
		assert_null(symbols_find(vdso, full, "linux-vdso.so.1"));
		assert_null(symbols_find(vdso, full, ""));
		full[strlen(full) - 1]++;
		assert_null(symbols_find(vdso, full, "LINUX_2.6"));
	}
	assert_null(symbols_find(vdso, "", NULL));
	assert_null(symbols_find(vdso, "vvar_u", NULL));
	assert_null(symbols_find(vdso, "vdso_slow_path", NULL));
}

static Elf64_Dyn *dynamic(int64_t tag)
{
	const Elf64_Ehdr *eh = (void *)file;
	const Elf64_Phdr *ph = (void *)(file + eh->e_phoff);

	while (ph->p_type != PT_DYNAMIC)
		ph++;
	Elf64_Dyn *d = (void *)(file + ph->p_offset);
	while (d->d_tag != tag)
		d++;
	return d;
}

static void test_both_tables(void **state)
{
	const int64_t tables[] = { DT_HASH, DT_GNU_HASH };
	struct symbols vdso;

	(void)state;
	assert_true(symbols_open(&vdso, file, size));
	check_names(&vdso);
	for (int i = 0; i < 2; i++) {
		Elf64_Dyn *d = dynamic(tables[i]);

		d->d_tag = DT_DEBUG;
		assert_true(symbols_open(&vdso, file, size));
		check_names(&vdso);
		d->d_tag = tables[i];
	}
}

static void test_no_table(void **state)
{
	Elf64_Dyn *hash = dynamic(DT_HASH), *gnu = dynamic(DT_GNU_HASH);
	struct symbols vdso;

	(void)state;
	hash->d_tag = gnu->d_tag = DT_DEBUG;
	assert_false(symbols_open(&vdso, file, size));
	hash->d_tag = DT_HASH;
	gnu->d_tag = DT_GNU_HASH;
}

static void test_no_versions(void **state)
{
	Elf64_Dyn *versym = dynamic(DT_VERSYM);
	struct symbols vdso;

	(void)state;
	versym->d_tag = DT_DEBUG;
	assert_true(symbols_open(&vdso, file, size));
	assert_non_null(symbols_find(&vdso, "__vdso_time", "LINUX_2.7"));
	versym->d_tag = DT_VERSYM;
}

/* The image's own headers tell its size. */
static void test_size_from_headers(void **state)
{
	struct symbols vdso;

	(void)state;
	assert_true(symbols_open(&vdso, file, SIZE_MAX));
	assert_ptr_equal(symbols_find(&vdso, "__vdso_getcpu", "LINUX_2.6"),
			 naive("__vdso_getcpu"));
	assert_null(symbols_find(&vdso, "__vdso_getcpu", "LINUX_2.5"));
}

/* A vDSO that was linked for another address (old kernels'). */
static void test_linked_elsewhere(void **state)
{
	const uint64_t base = 0xffffffffff700000;
	const int64_t pointers[] = { DT_HASH,   DT_GNU_HASH, DT_STRTAB,
				     DT_SYMTAB, DT_VERSYM,   DT_VERDEF };
	Elf64_Ehdr *eh = (void *)file;
	Elf64_Phdr *ph = (void *)(file + eh->e_phoff);
	unsigned char *saved = malloc(size);
	struct symbols vdso;

	(void)state;
	memcpy(saved, file, size);
	void *expected = naive("__vdso_time");
	for (int i = 0; i < eh->e_phnum; i++)
		ph[i].p_vaddr += base;
	for (size_t i = 0; i < sizeof(pointers) / sizeof(*pointers); i++)
		dynamic(pointers[i])->d_un.d_ptr += base;
	Elf64_Sym *sym = (void *)(file + dynamic(DT_SYMTAB)->d_un.d_ptr - base);
	for (int i = 1; i < 16; i++)
		sym[i].st_value += base;
	assert_true(symbols_open(&vdso, file, size));
	assert_ptr_equal(symbols_find(&vdso, "__vdso_time", "LINUX_2.6"),
			 expected);
	assert_ptr_equal(vdso_symbol(file, "__vdso_time", "LINUX_2.6"),
			 expected);
	memcpy(file, saved, size);
	free(saved);
}

static void test_hosts_own(void **state)
{
	const void *host = (void *)getauxval(AT_SYSINFO_EHDR);
	int (*f)(int, struct timespec *);
	struct timespec before, now, after;

	(void)state;
	if (!host)
		skip();
	f = vdso_symbol(host, "__vdso_clock_gettime", "LINUX_2.6");
	assert_non_null(f);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(f(CLOCK_MONOTONIC, &now), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(now.tv_sec >= before.tv_sec && now.tv_sec <= after.tv_sec);

	/* the C library's loader agrees */
	void *lib = dlopen("linux-vdso.so.1", RTLD_NOLOAD | RTLD_LAZY);
	if (lib)
		assert_ptr_equal((void *)f, dlvsym(lib, "__vdso_clock_gettime",
						   "LINUX_2.6"));
	assert_null(vdso_symbol(host, "number_of_the_beast", "LINUX_2.6"));
}

static uint64_t random64(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 2685821657736338717;
}

static void look_up(const unsigned char *image, size_t length)
{
	struct symbols vdso;

	if (!symbols_open(&vdso, image, length))
		return;
	for (size_t i = 0; i < NAMES; i++) {
		unsigned char *f = symbols_find(&vdso, names[i], "LINUX_2.6");

		assert_true(!f || (f >= image && f < image + length));
	}
}

/* Each length from nothing to all; the sanitizer guards the end. */
static void test_cut_short(void **state)
{
	(void)state;
	for (size_t length = 0; length < size; length++) {
		unsigned char *copy = malloc(length ? length : 1);

		memcpy(copy, file, length);
		look_up(copy, length);
		free(copy);
	}
}

static const uint64_t evil[] = {
	0,         1,          0x7f,           0xff,       0x7fff,
	0xffff,    0x7fffffff, 0x80000000,     0xffffffff, 0x100000000,
	INT64_MAX, 1ull << 63, UINT64_MAX - 7, UINT64_MAX
};

/* One to four fields of one to eight bytes, anywhere before the code. */
static void test_damaged(void **state)
{
	const Elf64_Ehdr *eh = (void *)file;
	const Elf64_Phdr *ph = (void *)(file + eh->e_phoff);
	size_t interesting = 0;

	(void)state;
	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_NOTE)
			interesting = ph[i].p_offset;
	for (int round = 0; round < 200000; round++) {
		unsigned char *copy = malloc(size);

		memcpy(copy, file, size);
		for (uint64_t n = random64() % 4 + 1; n; n--) {
			size_t width = 1u << random64() % 4;
			size_t at = random64() % interesting / width * width;
			uint64_t value =
				random64() % 2
					? evil[random64() %
					       (sizeof(evil) / sizeof(*evil))]
					: random64() % (2 * size);

			memcpy(copy + at, &value, width);
		}
		look_up(copy, size);
		free(copy);
	}
}

static int setup(void **state)
{
	(void)state;
	file = image_load(&size);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_tables),
		cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_no_versions),
		cmocka_unit_test(test_size_from_headers),
		cmocka_unit_test(test_linked_elsewhere),
		cmocka_unit_test(test_hosts_own),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("vdso_find", tests, setup, teardown);
}
