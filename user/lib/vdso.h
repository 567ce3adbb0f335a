/*
 * Finds functions in a vDSO, or in any ELF image that lies in memory as its
 * file has it: by GNU's hash table or System V's, with the version.  Pure
 * functions over the image: no C library, no state, no relocation needed, and
 * no byte read outside the image, however damaged it is.
 */
#ifndef USER_LIB_VDSO_H
#define USER_LIB_VDSO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/elf.h"

/* What vdso_open() found; all pointers point into the image, or are NULL. */
struct vdso {
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
bool vdso_open(struct vdso *vdso, const void *image, size_t size);

/*
 * The part of vdso_open() that a dynamic linker wants, for segments that it
 * has mapped: image, size and bias are set; `dyn` is the dynamic section.
 */
bool vdso_read(struct vdso *vdso, const Elf64_Dyn *dyn, size_t count);

/*
 * The definition of a symbol that others may use, functions, data and
 * thread-local ones; or NULL.  `version` NULL: the newest.
 */
const Elf64_Sym *vdso_lookup(const struct vdso *vdso, const char *name,
			     const char *version);

/* The address of a function or a variable, or NULL. */
void *vdso_find(const struct vdso *vdso, const char *name, const char *version);

/* Both in one, for an image that can be trusted: the kernel's own. */
void *vdso_symbol(const void *image, const char *name, const char *version);

#endif
