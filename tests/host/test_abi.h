/*
 * One table of names and numbers from our headers and two from the system's,
 * made from the same list in files of their own, because the names collide.
 * Includes nothing but <stdint.h> and <stddef.h>, for the same reason.
 */
#ifndef TESTS_HOST_TEST_ABI_H
#define TESTS_HOST_TEST_ABI_H

#include <stddef.h>
#include <stdint.h>

enum abi_kind {
	ABI_END,      /* the table's last entry */
	ABI_CONSTANT, /* value */
	ABI_STRING,   /* string */
	ABI_SIZE,     /* value: of a type or a field, in bytes */
	ABI_OFFSET,   /* value: of a field, in bytes */
	ABI_FUNCTION, /* call: a macro with one or two arguments */
};

struct abi_entry {
	enum abi_kind kind;
	const char *name;
	long long value;
	const char *string;
	long (*call)(long x, long y);
};

extern const struct abi_entry abi_ours[];
extern const struct abi_entry abi_linux[]; /* <linux/…>, <asm/…> */
extern const struct abi_entry abi_libc[];  /* <elf.h>, <sys/wait.h> … */

/* The types whose home is the C library: Linux has none, or lost it. */
#define LIBC_Elf64_Ehdr
#define LIBC_Elf64_Phdr
#define LIBC_Elf64_Shdr
#define LIBC_Elf64_Sym
#define LIBC_Elf64_Dyn
#define LIBC_Elf64_Rela
#define LIBC_Elf64_Verdef
#define LIBC_Elf64_Verdaux
#define LIBC_Elf64_Verneed
#define LIBC_Elf64_Vernaux
#define LIBC_Elf64_Nhdr
#define LIBC_Elf64_auxv_t
#define LIBC_linux_dirent64
#define LIBC_sched_param

#endif
