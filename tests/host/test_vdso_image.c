/*
 * The patch sites of build/vdso.so: what the kernel may change in it at boot.
 * What other programs rely on in the image, tools/vdso-check checks.
 */
#include <elf.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/host/vdso_image.h"

static unsigned char *file;
static size_t size;
static const Elf64_Ehdr *eh;
static const Elf64_Phdr *ph;
static const Elf64_Shdr *sh;

static const Elf64_Phdr *segment(uint32_t type)
{
	const Elf64_Phdr *found = NULL;

	for (int i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != type)
			continue;
		assert_null(found); /* one of a kind */
		found = ph + i;
	}
	return found;
}

static const Elf64_Shdr *section(const char *name)
{
	const char *strings = (char *)file + sh[eh->e_shstrndx].sh_offset;

	for (int i = 1; i < eh->e_shnum; i++)
		if (!strcmp(strings + sh[i].sh_name, name))
			return sh + i;
	return NULL;
}

static const Elf64_Nhdr *note(const char *name, uint32_t type)
{
	const unsigned char *p = file + segment(PT_NOTE)->p_offset;
	const unsigned char *end = p + segment(PT_NOTE)->p_filesz;

	while (p < end) {
		const Elf64_Nhdr *n = (void *)p;

		if (n->n_type == type && n->n_namesz == strlen(name) + 1 &&
		    !strcmp((char *)(n + 1), name))
			return n;
		p += sizeof(*n) + ((n->n_namesz + 3) & -4u) +
		     ((n->n_descsz + 3) & -4u);
	}
	assert_ptr_equal(p, end);
	return NULL;
}

/* As built the sites hold what runs on any CPU, and the entries fit them. */
static void test_patch_sites(void **state)
{
	static const unsigned char rdtsc[] = { 0x0f, 0xae, 0xe8, 0x0f, 0x31 };
	static const unsigned char rdtscp[] = { 0x0f, 0x01, 0xf9, 0x66, 0x90 };
	static const unsigned char lsl[] = { 0xb8, 0x7b, 0,    0,
					     0,    0x0f, 0x03, 0xc0 };
	static const unsigned char rdpid[] = { 0xf3, 0x0f, 0xc7, 0xf8 };
	const Elf64_Nhdr *n = note(PATCH_NOTE_NAME, PATCH_NOTE_TYPE);
	const struct patch *p = (void *)((char *)(n + 1) + 8);
	const Elf64_Shdr *text = section(".text");
	int clocks = 0, cpus = 0;

	(void)state;
	assert_int_equal(sizeof(struct patch), 16);
	assert_int_equal(n->n_descsz % sizeof(*p), 0);
	for (size_t i = 0; i < n->n_descsz / sizeof(*p); i++, p++) {
		const unsigned char *site = (unsigned char *)p + p->site;
		uint64_t offset = site - file;

		assert_in_range(offset, text->sh_offset,
				text->sh_offset + text->sh_size - p->length);
		if (p->feature == PATCH_RDTSCP) {
			assert_int_equal(p->length, sizeof(rdtsc));
			assert_memory_equal(site, rdtsc, sizeof(rdtsc));
			assert_memory_equal(p->code, rdtscp, sizeof(rdtscp));
			clocks++;
		} else {
			assert_int_equal(p->feature, PATCH_RDPID);
			assert_int_equal(p->length, sizeof(lsl));
			assert_memory_equal(site, lsl, sizeof(lsl));
			assert_memory_equal(p->code, rdpid, sizeof(rdpid));
			cpus++;
		}
	}
	assert_true(clocks >= 3);
	assert_int_equal(cpus, 1);
}

/* Each counter read, and no other, is one that the list names. */
static void test_every_counter_read_is_listed(void **state)
{
	const Elf64_Nhdr *n = note(PATCH_NOTE_NAME, PATCH_NOTE_TYPE);
	const Elf64_Shdr *text = section(".text");
	size_t listed = 0, found = 0;
	const struct patch *p = (void *)((char *)(n + 1) + 8);

	(void)state;
	for (size_t i = 0; i < n->n_descsz / sizeof(*p); i++)
		listed += p[i].feature == PATCH_RDTSCP;
	for (size_t i = 0; i + 1 < text->sh_size; i++) {
		const unsigned char *code = file + text->sh_offset + i;

		found += code[0] == 0x0f && code[1] == 0x31;
	}
	assert_int_equal(found, listed);
}

static int setup(void **state)
{
	(void)state;
	file = image_load(&size);
	eh = (void *)file;
	ph = (void *)(file + eh->e_phoff);
	sh = (void *)(file + eh->e_shoff);
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
		cmocka_unit_test(test_patch_sites),
		cmocka_unit_test(test_every_counter_read_is_listed),
	};

	return cmocka_run_group_tests_name("vdso_image", tests, setup,
					   teardown);
}
