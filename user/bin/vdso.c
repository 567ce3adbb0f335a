/*
 * Shows the vDSO that the kernel has mapped into this very process: read from
 * memory, where AT_SYSINFO_EHDR says, not from a file.
 *
 *	vdso            where it is, its functions and its notes
 *	vdso NAME       the bytes of function NAME
 *	vdso -x         all of its bytes
 *
 * How a program finds one function by the hash table is user/lib/vdso.c; here
 * the whole table of symbols is printed.  Runs on Linux too.
 */
#include <stdbool.h>
#include <stddef.h>

#include "kernel/abi/patch.h"
#include "user/lib/printf.h"
#include "user/lib/start.h"
#include "user/lib/string.h"

#define PAGE_SIZE 4096
#define NOTE_NAME 4 /* the alignment of a note's name and description */

/* What show() needs of the image; all pointers point into it. */
struct image {
	const unsigned char *bytes; /* the ELF header */
	size_t size;                /* whole pages */
	const Elf64_Phdr *notes;
	const char *strings;
	const Elf64_Sym *symbols;
	const uint32_t *hash;     /* its second word: how many symbols */
	const uint16_t *versions; /* one for each symbol */
	const Elf64_Verdef *definitions;
	const char *soname;
};

static void image_read_dynamic(struct image *im, const Elf64_Dyn *dyn)
{
	uint64_t soname = 0;

	for (; dyn->d_tag != DT_NULL; dyn++) {
		const void *table = im->bytes + dyn->d_un.d_ptr;

		switch (dyn->d_tag) {
		case DT_STRTAB:
			im->strings = table;
			break;
		case DT_SYMTAB:
			im->symbols = table;
			break;
		case DT_HASH:
			im->hash = table;
			break;
		case DT_VERSYM:
			im->versions = table;
			break;
		case DT_VERDEF:
			im->definitions = table;
			break;
		case DT_SONAME:
			soname = dyn->d_un.d_val;
			break;
		}
	}
	im->soname = im->strings + soname;
}

/* Returns false when a table is missing: Linux since 6.11 has no DT_HASH. */
static bool image_read(struct image *im, const void *bytes)
{
	const Elf64_Ehdr *eh = bytes;
	const Elf64_Phdr *ph =
		(const void *)((const char *)bytes + eh->e_phoff);

	im->bytes = bytes;
	for (int i = 0; i < eh->e_phnum; i++) {
		const void *part = im->bytes + ph[i].p_offset;

		if (ph[i].p_type == PT_LOAD)
			im->size = (ph[i].p_memsz + PAGE_SIZE - 1) &
				   -(size_t)PAGE_SIZE;
		if (ph[i].p_type == PT_DYNAMIC)
			image_read_dynamic(im, part);
		if (ph[i].p_type == PT_NOTE)
			im->notes = &ph[i];
	}
	return im->symbols && im->strings && im->hash;
}

/* ---- Its functions ------------------------------------------------------- */

/* The name of the version that symbol `i` belongs to. */
static const char *version_name(const struct image *im, uint32_t i)
{
	const Elf64_Verdef *def = im->definitions;
	const Elf64_Verdaux *aux;

	if (!def || !im->versions)
		return "-";
	while (def->vd_ndx != (im->versions[i] & VERSYM_VERSION)) {
		if (!def->vd_next)
			return "-";
		def = (const void *)((const char *)def + def->vd_next);
	}
	aux = (const void *)((const char *)def + def->vd_aux);
	return im->strings + aux->vda_name;
}

static void print_functions(const struct image *im)
{
	printf("  offset  bytes  version     bind    name\n");
	for (uint32_t i = 1; i < im->hash[1]; i++) {
		const Elf64_Sym *sym = &im->symbols[i];

		if (ELF64_ST_TYPE(sym->st_info) != STT_FUNC)
			continue;
		printf("  0x%04lx  %5lu  %-10s  %-6s  %s\n", sym->st_value,
		       sym->st_size, version_name(im, i),
		       ELF64_ST_BIND(sym->st_info) == STB_WEAK ? "weak"
							       : "global",
		       im->strings + sym->st_name);
	}
}

static const Elf64_Sym *find_function(const struct image *im, const char *name)
{
	for (uint32_t i = 1; i < im->hash[1]; i++)
		if (!strcmp(im->strings + im->symbols[i].st_name, name))
			return &im->symbols[i];
	return NULL;
}

/* ---- Its notes ----------------------------------------------------------- */

static void print_note(const Elf64_Nhdr *note, const char *name,
		       const unsigned char *content)
{
	printf("  %-8s type %u: ", name, note->n_type);
	if (!strcmp(name, "Linux") && note->n_type == 0) {
		printf("speaks as Linux %d.%d\n", content[2], content[1]);
	} else if (!strcmp(name, "GNU") && note->n_type == NT_GNU_BUILD_ID) {
		printf("build id ");
		for (uint32_t i = 0; i < note->n_descsz; i++)
			printf("%02x", content[i]);
		printf("\n");
	} else if (!strcmp(name, PATCH_NOTE_NAME)) {
		printf("%zu instructions that the kernel may replace at boot\n",
		       note->n_descsz / sizeof(struct patch));
	} else {
		printf("%u bytes\n", note->n_descsz);
	}
}

static uint64_t note_padded(uint64_t size)
{
	return (size + NOTE_NAME - 1) & -(uint64_t)NOTE_NAME;
}

static void print_notes(const struct image *im)
{
	uint64_t at = 0;

	printf("Its notes:\n");
	while (im->notes && at < im->notes->p_filesz) {
		const Elf64_Nhdr *note =
			(const void *)(im->bytes + im->notes->p_offset + at);
		const char *name = (const char *)(note + 1);
		uint64_t content = note_padded(note->n_namesz);

		print_note(note, name, (const void *)(name + content));
		at += sizeof(*note) + content + note_padded(note->n_descsz);
	}
}

/* ---- Its bytes ----------------------------------------------------------- */

/* One line of a hexdump, as `hexdump -C` prints it. */
static void print_line(const struct image *im, size_t at, size_t count)
{
	char hex[16 * 3 + 1], text[16 + 1];

	for (size_t i = 0; i < count; i++) {
		unsigned char byte = im->bytes[at + i];

		snprintf(hex + 3 * i, 4, " %02x", byte);
		text[i] = byte >= ' ' && byte <= '~' ? byte : '.';
	}
	text[count] = '\0';
	printf("%08zx %-48s  |%s|\n", at, hex, text);
}

/* Lines that repeat the one before are a "*". */
static void print_bytes(const struct image *im, size_t start, size_t end)
{
	bool skipped = false;

	for (size_t at = start; at < end; at += 16) {
		size_t count = end - at < 16 ? end - at : 16;
		bool same = at >= start + 16 && count == 16 &&
			    !memcmp(im->bytes + at, im->bytes + at - 16, 16);

		if (!same)
			print_line(im, at, count);
		else if (!skipped)
			printf("*\n");
		skipped = same;
	}
	printf("%08zx\n", end);
}

/* ------------------------------------------------------------------------- */

static int show(const struct image *im)
{
	printf("%s: %zu bytes at %p, in no file.\n", im->soname, im->size,
	       im->bytes);
	printf("The page that it reads, [vvar], lies below.\n");
	printf("Its functions (vdso NAME: the bytes of one; -x: all):\n");
	print_functions(im);
	print_notes(im);
	return 0;
}

static int show_function(const struct image *im, const char *name)
{
	const Elf64_Sym *sym = find_function(im, name);

	if (!sym) {
		dprintf(2, "vdso: no function %s: vdso lists them\n", name);
		return 1;
	}
	print_bytes(im, sym->st_value, sym->st_value + sym->st_size);
	return 0;
}

static int usage(int fd, int status)
{
	dprintf(fd, "usage: vdso [NAME | -x]\n"
		    "Shows the vDSO of this process, from memory: its "
		    "functions and notes,\n"
		    "the bytes of function NAME, or all of its bytes.\n");
	return status;
}

int main(int argc, char **argv)
{
	const void *bytes = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct image im = { 0 };

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(1, 0);
	if (argc > 2 ||
	    (argc == 2 && argv[1][0] == '-' && strcmp(argv[1], "-x") != 0))
		return usage(2, 2);
	if (!bytes || !image_read(&im, bytes)) {
		dprintf(2, "vdso: %s\n",
			bytes ? "it has no table that tells all symbols"
			      : "no AT_SYSINFO_EHDR: there is none");
		return 1;
	}
	if (argc == 1)
		return show(&im);
	if (strcmp(argv[1], "-x") != 0)
		return show_function(&im, argv[1]);
	print_bytes(&im, 0, im.size);
	return 0;
}
