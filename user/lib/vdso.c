/*
 * The symbol finder: from a name and a version to an address in the vDSO.  The
 * image lies in memory as its file would; its program headers lead to the
 * dynamic section, and this to the tables (gABI, chapter 5; for versions and
 * GNU's hash table, the Linux Standard Base).
 */
#include "user/lib/vdso.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/elf.h"
#include "user/lib/string.h"

/* What the dynamic section tells; a table that is not there is NULL. */
struct tables {
	const char *strings;
	const Elf64_Sym *symbols;
	const uint32_t *hash;            /* System V's */
	const uint32_t *gnu_hash;        /* GNU's */
	const uint16_t *versions;        /* a version's index for each symbol */
	const Elf64_Verdef *definitions; /* the versions' names */
};

/* Finds the tables.  Returns what has to be added to an address that the file
 * names to get one in memory. */
static uintptr_t read_tables(struct tables *t, const char *image)
{
	const Elf64_Ehdr *eh = (const void *)image;
	const Elf64_Phdr *ph = (const void *)(image + eh->e_phoff);
	const Elf64_Dyn *dyn = NULL;
	uintptr_t bias = 0;

	for (int i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD)
			bias = (uintptr_t)image + ph[i].p_offset -
			       ph[i].p_vaddr;
		if (ph[i].p_type == PT_DYNAMIC)
			dyn = (const void *)(image + ph[i].p_offset);
	}
	for (; dyn && dyn->d_tag != DT_NULL; dyn++) {
		void *table = (void *)(bias + dyn->d_un.d_ptr);

		switch (dyn->d_tag) {
		case DT_STRTAB:
			t->strings = table;
			break;
		case DT_SYMTAB:
			t->symbols = table;
			break;
		case DT_HASH:
			t->hash = table;
			break;
		case DT_GNU_HASH:
			t->gnu_hash = table;
			break;
		case DT_VERSYM:
			t->versions = table;
			break;
		case DT_VERDEF:
			t->definitions = table;
			break;
		}
	}
	return bias;
}

/* Is `version` the name of the definition that symbol `i` belongs to?  An image
 * without versions passes every name. */
static bool version_matches(const struct tables *t, uint32_t i,
			    const char *version)
{
	const Elf64_Verdef *def = t->definitions;
	const Elf64_Verdaux *aux;

	if (!t->versions || !def)
		return true;
	while ((def->vd_ndx ^ t->versions[i]) & VERSYM_VERSION ||
	       def->vd_flags & VER_FLG_BASE) {
		if (!def->vd_next)
			return false;
		def = (const void *)((const char *)def + def->vd_next);
	}
	aux = (const void *)((const char *)def + def->vd_aux);
	return !strcmp(t->strings + aux->vda_name, version);
}

/* Is symbol `i` a function that others may use, of this name and version? */
static bool symbol_matches(const struct tables *t, uint32_t i, const char *name,
			   const char *version)
{
	const Elf64_Sym *sym = &t->symbols[i];

	return sym->st_shndx != SHN_UNDEF &&
	       ELF64_ST_TYPE(sym->st_info) == STT_FUNC &&
	       ELF64_ST_BIND(sym->st_info) != STB_LOCAL &&
	       !strcmp(t->strings + sym->st_name, name) &&
	       version_matches(t, i, version);
}

/* Two words, the numbers of buckets and of chains, then both: a bucket holds
 * the first symbol of a chain, and chain[i] the symbol after `i`. */
static uint32_t find_by_hash(const struct tables *t, const char *name,
			     const char *version)
{
	const uint32_t *bucket = t->hash + 2, *chain = bucket + t->hash[0];
	uint32_t h = 0, i;

	for (const char *s = name; *s; s++) {
		h = 16 * h + (unsigned char)*s;
		h = (h ^ (h >> 24 & 0xf0)) & 0xfffffff;
	}
	for (i = bucket[h % t->hash[0]]; i; i = chain[i])
		if (symbol_matches(t, i, name, version))
			break;
	return i;
}

/* Four words: buckets, first symbol, words of a filter (which is passed over),
 * and its shift.  A chain is a run of hashes; the lowest bit ends it. */
static uint32_t find_by_gnu_hash(const struct tables *t, const char *name,
				 const char *version)
{
	const uint32_t *head = t->gnu_hash;
	const uint32_t *bucket = head + 4 + 2 * head[2];
	const uint32_t *chain = bucket + head[0] - head[1];
	uint32_t h = 5381, i;

	for (const char *s = name; *s; s++)
		h = 33 * h + (unsigned char)*s;
	for (i = bucket[h % head[0]]; i; i++) {
		if ((chain[i] | 1) == (h | 1) &&
		    symbol_matches(t, i, name, version))
			break;
		if (chain[i] & 1)
			return 0;
	}
	return i;
}

void *vdso_symbol(const void *image, const char *name, const char *version)
{
	struct tables t = { 0 };
	uintptr_t bias = read_tables(&t, image);
	uint32_t i = 0;

	if (t.hash)
		i = find_by_hash(&t, name, version);
	else if (t.gnu_hash)
		i = find_by_gnu_hash(&t, name, version);
	return i ? (void *)(bias + t.symbols[i].st_value) : NULL;
}
