/*
 * build/vdso.so as a file: everything that loaders, run-time systems and
 * debuggers rely on, and nothing that they would stumble over.
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

static const char *const names[] = {
	"clock_gettime", "gettimeofday",       "time", "clock_getres", "getcpu",
	"capabilities",  "number_of_the_beast"
};
#define NAMES (sizeof(names) / sizeof(*names))

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

static uint64_t dynamic(int64_t tag)
{
	const Elf64_Dyn *d = (void *)(file + segment(PT_DYNAMIC)->p_offset);

	for (; d->d_tag != DT_NULL; d++)
		if (d->d_tag == tag)
			return d->d_un.d_val;
	return 0;
}

static void test_header(void **state)
{
	(void)state;
	assert_memory_equal(eh->e_ident, ELFMAG, SELFMAG);
	assert_int_equal(eh->e_ident[EI_CLASS], ELFCLASS64);
	assert_int_equal(eh->e_type, ET_DYN);
	assert_int_equal(eh->e_machine, EM_X86_64);
	assert_in_range(size, 1000, 16384);
}

static void test_segments(void **state)
{
	const Elf64_Phdr *load = segment(PT_LOAD);

	(void)state;
	assert_int_equal(load->p_offset, 0);
	assert_int_equal(load->p_vaddr, 0);
	assert_int_equal(load->p_filesz, load->p_memsz);
	assert_int_equal(load->p_flags, PF_R | PF_X);
	assert_int_equal(load->p_align, 4096);
	assert_int_equal(segment(PT_DYNAMIC)->p_flags, PF_R);
	assert_non_null(segment(PT_NOTE));
	assert_non_null(segment(PT_GNU_EH_FRAME));
	for (int i = 0; i < eh->e_phnum; i++) {
		assert_int_equal(ph[i].p_offset, ph[i].p_vaddr);
		assert_false(ph[i].p_flags & PF_W);
		assert_int_not_equal(ph[i].p_type, PT_TLS);
		assert_int_not_equal(ph[i].p_type, PT_GNU_RELRO);
		assert_int_not_equal(ph[i].p_type, PT_INTERP);
		assert_true(ph[i].p_offset + ph[i].p_filesz <= load->p_filesz);
	}
}

static void test_nothing_to_relocate_or_write(void **state)
{
	const int64_t none[] = { DT_REL,     DT_RELA,       DT_JMPREL,
				 DT_TEXTREL, DT_NEEDED,     DT_INIT,
				 DT_FINI,    DT_INIT_ARRAY, DT_FINI_ARRAY,
				 DT_PLTGOT,  DT_RELACOUNT };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(dynamic(none[i]), 0);
	for (int i = 1; i < eh->e_shnum; i++) {
		assert_int_not_equal(sh[i].sh_type, SHT_RELA);
		assert_int_not_equal(sh[i].sh_type, SHT_REL);
		assert_int_not_equal(sh[i].sh_type, SHT_NOBITS);
		if (sh[i].sh_type != SHT_DYNAMIC)
			assert_false(sh[i].sh_flags & SHF_WRITE);
	}
}

/* In memory a debugger finds them behind the segment, in the same page. */
static void test_section_headers(void **state)
{
	uint64_t end = eh->e_shoff + (uint64_t)eh->e_shnum * sizeof(*sh);

	(void)state;
	assert_true(eh->e_shnum > 8);
	assert_true(end <= size);
	assert_true((end - 1) / 4096 ==
		    (segment(PT_LOAD)->p_filesz - 1) / 4096);
	assert_non_null(section(".text"));
	assert_non_null(section(".dynsym"));
	assert_non_null(section(".eh_frame"));
	assert_int_equal(section(".dynsym")->sh_type, SHT_DYNSYM);
	assert_int_equal(section(".note")->sh_type, SHT_NOTE);
}

static void test_soname_and_version(void **state)
{
	const char *strings = (char *)file + dynamic(DT_STRTAB);
	const Elf64_Verdef *def = (void *)(file + dynamic(DT_VERDEF));
	const Elf64_Verdaux *aux;

	(void)state;
	assert_string_equal(strings + dynamic(DT_SONAME), "linux-vdso.so.1");
	assert_int_equal(dynamic(DT_VERDEFNUM), 2);
	assert_int_equal(def->vd_flags, VER_FLG_BASE);
	def = (void *)((char *)def + def->vd_next);
	aux = (void *)((char *)def + def->vd_aux);
	assert_string_equal(strings + aux->vda_name, "LINUX_2.6");
}

static const Elf64_Sym *symbol(const char *prefix, const char *name)
{
	const Elf64_Sym *sym = (void *)(file + dynamic(DT_SYMTAB));
	const char *strings = (char *)file + dynamic(DT_STRTAB);
	uint32_t count = ((uint32_t *)(file + dynamic(DT_HASH)))[1];
	char full[64];

	strcat(strcpy(full, prefix), name);
	for (uint32_t i = 1; i < count; i++)
		if (!strcmp(strings + sym[i].st_name, full))
			return sym + i;
	fail_msg("%s is not exported", full);
	return NULL;
}

static void test_symbols(void **state)
{
	(void)state;
	assert_int_not_equal(dynamic(DT_HASH), 0);
	assert_int_not_equal(dynamic(DT_GNU_HASH), 0);
	for (size_t i = 0; i < NAMES; i++) {
		const Elf64_Sym *strong = symbol("__vdso_", names[i]);
		const Elf64_Sym *weak = symbol("", names[i]);

		assert_int_equal(strong->st_info,
				 ELF64_ST_INFO(STB_GLOBAL, STT_FUNC));
		assert_int_equal(weak->st_info,
				 ELF64_ST_INFO(STB_WEAK, STT_FUNC));
		assert_int_equal(strong->st_value, weak->st_value);
		assert_int_equal(strong->st_size, weak->st_size);
		assert_true(strong->st_size > 0);
		assert_int_not_equal(strong->st_shndx, SHN_UNDEF);
	}
	/* these, the version's own name, and the empty first; or a learner's */
	assert_in_range(((uint32_t *)(file + dynamic(DT_HASH)))[1],
			2 * NAMES + 2, 100);
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

static void test_notes(void **state)
{
	(void)state;
	assert_non_null(note("GNU", NT_GNU_BUILD_ID));
	assert_int_equal(note("Linux", 0)->n_descsz, 4);
	assert_non_null(note(PATCH_NOTE_NAME, PATCH_NOTE_TYPE));
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

/* The table of .eh_frame_hdr has a description for each function. */
static void test_unwind_table(void **state)
{
	const Elf64_Phdr *hdr = segment(PT_GNU_EH_FRAME);
	const unsigned char *p = file + hdr->p_offset;
	int32_t word;
	uint32_t count;

	(void)state;
	assert_int_equal(p[0], 1);
	assert_int_equal(p[2], 0x03); /* count: 4 bytes */
	assert_int_equal(p[3], 0x3b); /* table: 4 bytes each, from here */
	memcpy(&count, p + 8, 4);
	for (size_t i = 0; i < NAMES; i++) {
		const Elf64_Sym *sym = symbol("__vdso_", names[i]);
		bool covered = false;

		for (uint32_t k = 0; k < count; k++) {
			memcpy(&word, p + 12 + 8 * k, 4);
			covered |= hdr->p_vaddr + word == sym->st_value;
		}
		assert_true(covered);
	}
}

/* Marks the bytes that some description of .eh_frame covers. */
static void mark_described(unsigned char *seen)
{
	const Elf64_Shdr *table = section(".eh_frame");
	const unsigned char *p = file + table->sh_offset;
	const unsigned char *end = p + table->sh_size;
	uint32_t length, cie, range;
	int32_t start;

	for (; p + 8 < end; p += 4 + length) {
		memcpy(&length, p, 4);
		memcpy(&cie, p + 4, 4);
		if (!length)
			break;
		if (!cie)
			continue;
		memcpy(&start, p + 8, 4);
		memcpy(&range, p + 12, 4);
		memset(seen + (p + 8 - file) + start, 1, range);
	}
}

/* What no description covers is padding between two functions, or the NOPs that
 * fill up a page. */
static void test_unwind_covers_text(void **state)
{
	const Elf64_Shdr *text = section(".text");
	unsigned char *seen = calloc(1, size);
	int gap = 0;

	(void)state;
	mark_described(seen);
	for (uint64_t i = text->sh_offset; i < text->sh_offset + text->sh_size;
	     i++) {
		if (seen[i] && gap)
			assert_int_equal(i % 16, 0);
		gap = seen[i] || file[i] == 0x90 ? 0 : gap + 1;
		if (gap > 15)
			fail_msg("no unwind information at %#lx", i);
	}
	free(seen);
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
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_nothing_to_relocate_or_write),
		cmocka_unit_test(test_section_headers),
		cmocka_unit_test(test_soname_and_version),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_patch_sites),
		cmocka_unit_test(test_every_counter_read_is_listed),
		cmocka_unit_test(test_unwind_table),
		cmocka_unit_test(test_unwind_covers_text),
	};

	return cmocka_run_group_tests_name("vdso_image", tests, setup,
					   teardown);
}
