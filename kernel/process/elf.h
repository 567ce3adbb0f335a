/*
 * Reading ELF files: from any bytes at all to a short description of what to
 * map where, or an error. Nothing is mapped here; load.c does that.
 */
#ifndef KERNEL_PROCESS_ELF_H
#define KERNEL_PROCESS_ELF_H

#include "kernel/abi/elf.h"
#include "kernel/lib/types.h"

#define ELF_MAX_SEGMENTS    16
#define ELF_MAX_INTERPRETER 4096 /* PATH_MAX */

/* One PT_LOAD. Addresses are the file's own, before any bias. */
struct elf_segment {
	uaddr_t start, end; /* pages that it touches; end is beyond */
	uaddr_t file_end;   /* first byte that does not come from the file */
	uaddr_t memory_end; /* first byte beyond the segment */
	uint64_t offset;    /* in the file, of `start`; page-aligned */
	unsigned flags;     /* PF_R, PF_W, PF_X */
};

struct elf_image {
	bool fixed;            /* ET_EXEC: no bias */
	bool executable_stack; /* PT_GNU_STACK asks for it */
	uaddr_t entry;
	uaddr_t start, end; /* pages of all segments */
	uint64_t align;     /* of the bias: a power of two, pages */
	uaddr_t headers;    /* program headers in memory, 0: not there */
	unsigned header_count;
	uint64_t
		interpreter_offset; /* of the dynamic linker's path in the file */
	size_t interpreter_size; /* its bytes, with the NUL; 0 if there is none */
	unsigned segment_count;
	struct elf_segment segments[ELF_MAX_SEGMENTS]; /* ascending, apart */
};

/* The bytes of a file. */
struct elf_source {
	/* Returns 0 when all `size` bytes have been read, else -errno. */
	int (*read)(struct elf_source *source, void *to, size_t size,
		    uint64_t position);
	uint64_t size;
	void *file; /* for `read` */
};

/*
 * Describes the file in *image. Returns 0; -ENOEXEC if it is no program for this
 * machine; -EINVAL if its headers contradict themselves; -ENOMEM if it needs
 * addresses from `limit` on, which programs cannot have; or what `read` returned.
 */
int elf_parse(struct elf_source *source, uaddr_t limit,
	      struct elf_image *image);

#endif
