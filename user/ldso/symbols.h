/*
 * Finds symbols in an ELF image that lies in memory as its file has it: by
 * GNU's hash table or System V's, with the version.  No byte is read outside
 * the image, however damaged it is.  Pure functions: no C library, no state, no
 * relocation needed.  (user/lib/vdso.h has the short form for an image that can
 * be trusted, the kernel's.)
 */
#ifndef USER_LDSO_SYMBOLS_H
#define USER_LDSO_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/elf.h"

/* What symbols_open() found; all pointers point into the image, or are NULL. */
struct symbols {
	const unsigned char *image; /* the ELF header */
	size_t size;                /* bytes that may be read */
	uint64_t bias;              /* address in the image - this = offset */
	const char *strings;
	size_t strings_size;
	uint64_t symbols;     /* offset of the symbol table */
	const uint32_t *hash; /* System V's: two words, buckets, chains */
	uint64_t gnu_hash;    /* offset of GNU's, or 0 */
	uint64_t versions;    /* offset of a half-word for each symbol, or 0 */
	uint64_t definitions; /* offset of the versions' names, or 0 */
};

/*
 * Reads the headers of an image of `size` bytes; SIZE_MAX: its own headers
 * tell the size, as for what AT_SYSINFO_EHDR points at.  False: not usable.
 */
bool symbols_open(struct symbols *vdso, const void *image, size_t size);

/*
 * The part of symbols_open() that a dynamic linker wants, for segments that it
 * has mapped: image, size and bias are set; `dyn` is the dynamic section.
 */
bool symbols_read(struct symbols *vdso, const Elf64_Dyn *dyn, size_t count);

/*
 * The definition of a symbol that others may use, functions, data and
 * thread-local ones; or NULL.  `version` NULL: the newest.
 */
const Elf64_Sym *symbols_lookup(const struct symbols *vdso, const char *name,
				const char *version);

/* The address of a function or a variable, or NULL. */
void *symbols_find(const struct symbols *vdso, const char *name,
		   const char *version);

#endif
