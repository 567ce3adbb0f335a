/*
 * The dynamic linker, /lib/ld-colonel.so.1: what its files share.  An object
 * is a program, a library or the vDSO; all of them form one list, the link
 * map, in the order in which symbols are searched.  No file is trusted: what
 * is damaged ends the program with a sentence and status 127.
 */
#ifndef USER_LDSO_LDSO_H
#define USER_LDSO_LDSO_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/elf.h"
#include "user/lib/printf.h"
#include "user/ldso/symbols.h"

#define PAGE_SIZE    4096
#define PAGE_DOWN(x) ((x) & -(uint64_t)PAGE_SIZE)
#define PAGE_UP(x)   PAGE_DOWN((x) + PAGE_SIZE - 1)

#define MAX_OBJECTS 64
#define MAX_HEADERS 32
#define MAX_PATH    256
#define MAX_NAME    4096 /* bytes of a symbol's, version's or file's name */

struct object {
	struct object *next, *previous; /* in the link map */
	const char *soname;             /* what others need it by */
	char path[MAX_PATH];            /* or its name, without a file */
	uint64_t device, inode;         /* of the file, if we have opened it */

	/* The image: segments from `lowest` on, as the file counts. */
	uint64_t base; /* address in memory - address in the file */
	Elf64_Phdr headers[MAX_HEADERS];
	unsigned header_count;
	uint64_t lowest, size; /* whole pages */
	uint64_t file_size;    /* of `size`, what comes from the file */

	/* Its dynamic section, by tag, and what that leads to. */
	const Elf64_Dyn *section;
	uint64_t dynamic[DT_RELRENT + 1];
	uint64_t needs; /* DT_VERNEED */
	struct symbols symbols;
	bool searchable; /* it has a hash table */
	struct object *needed[MAX_OBJECTS];
	unsigned needed_count;

	/* Thread-local storage: it begins at the thread pointer - offset. */
	uint64_t tls_module, tls_offset; /* module 0: none */

	bool relocated, constructed;
};

/* The program, then its libraries; and the last of them. */
extern struct object *link_map, *link_map_end;

/* What the environment asks for; of a set-user-id program, nothing. */
extern const char *library_path; /* LD_LIBRARY_PATH, or NULL */
extern bool show_bindings;       /* LD_DEBUG=bindings */

/* ldso.c: says what is wrong, of an object or (NULL) not, and ends with 127. */
void die(const struct object *o, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* object.c: a new object, not yet in the link map. */
struct object *object_new(const char *path);

/* Puts it at the end of the link map, if it is not there. */
void object_link(struct object *o);

/* The object that answers to a DT_NEEDED `name`, or comes from this file. */
struct object *object_find(const char *name);
struct object *object_find_file(uint64_t device, uint64_t inode);

/* Its first program header of a type, or NULL. */
const Elf64_Phdr *object_header(const struct object *o, uint32_t type);

/* Takes over the program headers: checks and measures the segments. */
void object_measure(struct object *o, const void *headers, uint64_t count);

/* Reads the dynamic section of an object whose segments are mapped. */
void object_read(struct object *o);

/* `size` bytes at an address of the file, in a segment with rights `flags`. */
void *object_at(const struct object *o, uint64_t address, uint64_t size,
		unsigned flags);

/* A name in the string table. */
const char *object_string(const struct object *o, uint64_t offset);

/* load.c: maps a file; NULL when it cannot be opened. */
struct object *load_file(const char *path);

/* load.c: everything that the link map needs, breadth first. */
void load_needed(void);

/* lookup.c: a symbol and who defines it; NULL, NULL: weak and nowhere. */
struct binding {
	const struct object *object;
	const Elf64_Sym *symbol;
};

/* Entry `index` of an object's symbol table … */
const Elf64_Sym *symbol_at(const struct object *o, uint32_t index);

/* … and what that is bound to, not looking into `skip`. */
struct binding lookup(const struct object *o, uint32_t index,
		      const struct object *skip);

/* relocate.c: all of its relocations; then its constants become read-only. */
void relocate(struct object *o);
void protect(const struct object *o);

/* tls.c: a place for each object, before relocation, and its contents. */
void tls_allocate(const uint64_t *random);
void tls_fill(void);

/* constructors.c; `stack` is where the program will find argc. */
void run_constructors(long *stack);
void run_destructors(void);

#endif
