/*
 * The ELF reader, kernel/process/elf.c, on good files and on damaged ones: cut at
 * each byte, each byte changed, headers that lie, random ones. Every file is a
 * heap block of its exact size, under the address and undefined-behaviour
 * sanitizers; whatever is accepted must be safe to map.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/abi/errno.h"
#include "kernel/mm/layout.h"
#include "kernel/process/elf.h"

#define LIMIT       ((uint64_t)USER_END)
#define FILE_SIZE   0x3000
#define HEADERS     5
#define FUZZ_ROUNDS 200000

/* ---- A file, and a source that checks each access ---- */

static struct {
	Elf64_Ehdr header;
	Elf64_Phdr program[HEADERS];
	char interpreter[16];
	uint8_t rest[FILE_SIZE - sizeof(Elf64_Ehdr) -
		     HEADERS * sizeof(Elf64_Phdr) - 16];
} file;

#define INTERPRETER_OFFSET (sizeof(Elf64_Ehdr) + HEADERS * sizeof(Elf64_Phdr))

struct block {
	struct elf_source source;
	const uint8_t *bytes;
};

static int read_block(struct elf_source *source, void *to, size_t size,
		      uint64_t position)
{
	struct block *block = (struct block *)source;

	if (position > source->size || size > source->size - position)
		return -EIO;
	memcpy(to, block->bytes + position, size);
	return 0;
}

static void build_good(void)
{
	memset(&file, 0, sizeof(file));
	file.header = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = 0x401010,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = HEADERS,
	};
	file.program[0] = (Elf64_Phdr){ PT_LOAD,  PF_R,  0,     0x400000,
					0x400000, 0x800, 0x800, 0x1000 };
	file.program[1] = (Elf64_Phdr){ PT_LOAD,  PF_R | PF_X, 0x1000, 0x401000,
					0x401000, 0x1000,      0x1000, 0x1000 };
	file.program[2] = (Elf64_Phdr){ PT_LOAD,  PF_R | PF_W, 0x2010, 0x402010,
					0x402010, 0x100,       0x5000, 0x1000 };
	file.program[3] = (Elf64_Phdr){ .p_type = PT_GNU_STACK,
					.p_flags = PF_R | PF_W };
	file.program[4] = (Elf64_Phdr){ .p_type = PT_INTERP,
					.p_offset = INTERPRETER_OFFSET,
					.p_filesz = 8,
					.p_memsz = 8 };
	memcpy(file.interpreter, "/lib/ld", 8);
}

/* ---- What every accepted file must keep to ---- */

static void check_segment(const struct elf_segment *segment, uint64_t above,
			  uint64_t size)
{
	uint64_t from_file = segment->file_end - segment->start;

	assert_true(segment->start % PAGE_SIZE == 0);
	assert_true(segment->end % PAGE_SIZE == 0);
	assert_true(segment->offset % PAGE_SIZE == 0);
	assert_true(segment->start >= above);
	assert_true(segment->start <= segment->file_end);
	assert_true(segment->file_end <= segment->memory_end);
	assert_true(segment->memory_end <= segment->end);
	assert_true(segment->start < segment->end);
	assert_true(segment->end <= ALIGN_UP(LIMIT, PAGE_SIZE));
	assert_true(!from_file || (segment->offset <= size &&
				   from_file <= size - segment->offset));
	assert_true((segment->flags & ~(unsigned)(PF_R | PF_W | PF_X)) == 0);
}

static void check_image(const struct elf_image *image, uint64_t size)
{
	uint64_t above = 0;

	assert_in_range(image->segment_count, 1, ELF_MAX_SEGMENTS);
	for (unsigned i = 0; i < image->segment_count; i++) {
		check_segment(&image->segments[i], above, size);
		above = image->segments[i].end;
	}
	assert_int_equal(image->start, image->segments[0].start);
	assert_int_equal(image->end, above);
	assert_true(image->entry < LIMIT);
	assert_true(image->align >= PAGE_SIZE && image->align < LIMIT);
	assert_true((image->align & (image->align - 1)) == 0);
	assert_true(image->headers < LIMIT);
	assert_true(!image->fixed || image->start >= USER_MIN);
	assert_true(image->interpreter_size <= ELF_MAX_INTERPRETER);
	assert_true(image->interpreter_offset <= size &&
		    image->interpreter_size <=
			    size - image->interpreter_offset);
}

/* Parses a block of exactly `size` bytes. */
static int parse(const void *bytes, size_t size, struct elf_image *image)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct block block = { { read_block, size, NULL }, copy };
	int result;

	memcpy(copy, bytes, size);
	result = elf_parse(&block.source, LIMIT, image);
	free(copy);
	assert_true(result == 0 || result == -ENOEXEC || result == -EINVAL ||
		    result == -ENOMEM);
	if (result == 0)
		check_image(image, size);
	return result;
}

static int parse_file(void)
{
	struct elf_image image;

	return parse(&file, sizeof(file), &image);
}

/* ---- Good files ---- */

static void test_good(void **state)
{
	struct elf_image image;
	const struct elf_segment *data = &image.segments[2];

	(void)state;
	build_good();
	assert_int_equal(parse(&file, sizeof(file), &image), 0);
	assert_true(image.fixed);
	assert_false(image.executable_stack);
	assert_int_equal(image.entry, 0x401010);
	assert_int_equal(image.start, 0x400000);
	assert_int_equal(image.end, 0x408000);
	assert_int_equal(image.headers, 0x400000 + sizeof(Elf64_Ehdr));
	assert_int_equal(image.header_count, HEADERS);
	assert_int_equal(image.interpreter_size, 8);
	assert_int_equal(image.interpreter_offset, INTERPRETER_OFFSET);
	assert_int_equal(image.segment_count, 3);
	assert_int_equal(image.segments[1].flags, PF_R | PF_X);
	assert_int_equal(data->start, 0x402000);
	assert_int_equal(data->offset, 0x2000);
	assert_int_equal(data->file_end, 0x402110);
	assert_int_equal(data->memory_end, 0x407010);
}

static void test_variants(void **state)
{
	struct elf_image image;

	(void)state;
	build_good();
	file.header.e_type = ET_DYN;
	file.program[3].p_flags |= PF_X;
	file.program[4].p_type = PT_NULL;
	file.program[1].p_align = 0x200000;
	file.program[0].p_align = 3; /* asks for nothing */
	assert_int_equal(parse(&file, sizeof(file), &image), 0);
	assert_false(image.fixed);
	assert_true(image.executable_stack);
	assert_int_equal(image.interpreter_size, 0);
	assert_int_equal(image.align, 0x200000);

	/* nothing of a segment in the file */
	file.program[2].p_filesz = 0;
	assert_int_equal(parse(&file, sizeof(file), &image), 0);
	assert_int_equal(image.segments[2].file_end, 0x402000);

	/* the headers in no segment */
	file.program[0].p_filesz = 16;
	assert_int_equal(parse(&file, sizeof(file), &image), 0);
	assert_int_equal(image.headers, 0);
}

/* ---- Lies, one at a time ---- */

#define REFUSED(error, change)                            \
	do {                                              \
		build_good();                             \
		change;                                   \
		assert_int_equal(parse_file(), -(error)); \
	} while (0)

static void test_bad_header(void **state)
{
	(void)state;
	REFUSED(ENOEXEC, file.header.e_ident[EI_MAG0] = 0x7e);
	REFUSED(ENOEXEC, file.header.e_ident[EI_CLASS] = 1);
	REFUSED(ENOEXEC, file.header.e_ident[EI_DATA] = 2);
	REFUSED(ENOEXEC, file.header.e_machine = EM_386);
	REFUSED(ENOEXEC, file.header.e_type = ET_REL);
	REFUSED(ENOEXEC, file.header.e_phentsize = 55);
	REFUSED(ENOEXEC, file.header.e_phnum = 0);
	REFUSED(ENOEXEC, file.header.e_phnum = 65535);
	REFUSED(ENOEXEC, file.header.e_phoff = UINT64_MAX - 8);
	REFUSED(ENOEXEC, file.header.e_phoff = sizeof(file) - 8);
	REFUSED(EINVAL, file.header.e_entry = LIMIT);
	REFUSED(EINVAL, file.header.e_entry = 1ul << 47);
	REFUSED(EINVAL, file.header.e_entry = UINT64_MAX);
}

static void test_bad_segments(void **state)
{
	Elf64_Phdr swapped;

	(void)state;
	REFUSED(EINVAL, file.program[1].p_filesz = 0x1001);
	REFUSED(EINVAL, file.program[2].p_filesz = 0x1000);
	REFUSED(EINVAL, file.program[1].p_offset = UINT64_MAX - 0xfff);
	REFUSED(EINVAL, file.program[2].p_offset = 0x2008);
	REFUSED(ENOMEM, file.program[2].p_memsz = UINT64_MAX - 0x1000);
	REFUSED(ENOMEM, file.program[2].p_memsz = LIMIT);
	REFUSED(ENOMEM, file.program[2].p_vaddr = 0xffffffff80002010);
	REFUSED(ENOMEM, file.program[2].p_vaddr = 1ul << 63 | 0x10);
	REFUSED(EINVAL, file.program[2].p_vaddr = 0x401010); /* on another */
	REFUSED(EINVAL, swapped = file.program[0];
		file.program[0] = file.program[1]; file.program[1] = swapped);
	REFUSED(EINVAL, file.program[0].p_vaddr = 0); /* below USER_MIN */
	REFUSED(ENOMEM, file.program[1].p_align = 1ul << 63);
	REFUSED(ENOEXEC,
		for (int i = 0; i < 3; i++) file.program[i].p_type = PT_NULL);
	REFUSED(ENOEXEC, for (int i = 0; i < 3; i++) file.program[i].p_memsz =
				 file.program[i].p_filesz = 0);
}

static void test_bad_interpreter(void **state)
{
	(void)state;
	REFUSED(ENOEXEC, file.program[4].p_filesz = 0);
	REFUSED(ENOEXEC, file.program[4].p_filesz = 1);
	REFUSED(ENOEXEC, file.program[4].p_filesz = 4097);
	REFUSED(ENOEXEC, file.program[4].p_offset = sizeof(file) - 4);
	REFUSED(ENOEXEC, file.program[4].p_offset = UINT64_MAX);
}

/* One more than there is room for. */
static void test_many_segments(void **state)
{
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr program[ELF_MAX_SEGMENTS + 1];
	} many;
	struct elf_image image;

	(void)state;
	build_good();
	many.header = file.header;
	for (unsigned i = 0; i <= ELF_MAX_SEGMENTS; i++)
		many.program[i] =
			(Elf64_Phdr){ .p_type = PT_LOAD,
				      .p_flags = PF_R,
				      .p_vaddr = 0x400000 + i * PAGE_SIZE,
				      .p_memsz = PAGE_SIZE };
	many.header.e_phnum = ELF_MAX_SEGMENTS;
	assert_int_equal(parse(&many, sizeof(many), &image), 0);
	many.header.e_phnum++;
	assert_int_equal(parse(&many, sizeof(many), &image), -ENOEXEC);
}

/* ---- Damage without a plan ---- */

static void test_cut(void **state)
{
	struct elf_image image;

	(void)state;
	build_good();
	for (size_t size = 0; size < sizeof(file); size++) {
		int result = parse(&file, size, &image);

		/* the last byte that a segment has is the file's 0x2110th */
		assert_int_equal(result == 0, size >= 0x2110);
	}
}

static void test_each_byte(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	uint8_t *bytes = (uint8_t *)&file;

	(void)state;
	build_good();
	for (size_t i = 0; i < INTERPRETER_OFFSET; i++) {
		uint8_t kept = bytes[i];

		for (size_t v = 0; v < sizeof(values); v++) {
			bytes[i] = values[v];
			parse_file();
		}
		bytes[i] = kept;
	}
}

static uint64_t random_number(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* Numbers at which sums and comparisons go wrong. */
static uint64_t nasty_number(void)
{
	static const uint64_t edges[] = {
		0,
		1,
		0xfff,
		0x1000,
		0x1001,
		0x400000,
		0x402000,
		FILE_SIZE,
		INT32_MAX,
		UINT32_MAX,
		USER_END,
		1ul << 47,
		INT64_MAX,
		UINT64_MAX,
		UINT64_MAX - 0xfff,
		0xffffffff80000000,
	};
	uint64_t edge = edges[random_number() % ARRAY_SIZE(edges)];

	switch (random_number() % 4) {
	case 0:
		return random_number();
	case 1:
		return edge + random_number() % 16 - 8;
	default:
		return edge;
	}
}

static void test_random(void **state)
{
	uint64_t *words = (uint64_t *)&file;
	unsigned accepted = 0;

	(void)state;
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		build_good();
		file.header.e_type = round % 2 ? ET_DYN : ET_EXEC;
		for (unsigned i = random_number() % 4; i < 4; i++)
			words[2 + random_number() % (INTERPRETER_OFFSET / 8 -
						     2)] = nasty_number();
		accepted += parse_file() == 0;
	}
	/* or the test would test the first check only */
	assert_true(accepted > FUZZ_ROUNDS / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_bad_header),
		cmocka_unit_test(test_bad_segments),
		cmocka_unit_test(test_bad_interpreter),
		cmocka_unit_test(test_many_segments),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_each_byte),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
