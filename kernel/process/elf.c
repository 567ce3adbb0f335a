/*
 * The ELF reader of elf.h. Every number in the file may be anything, so sums
 * are tested before they are made. No state, no kernel: also a host test.
 */
#include "kernel/process/elf.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/layout.h"

/* Linux's limit: the table in 64 KiB. */
#define MAX_HEADERS (65536 / sizeof(Elf64_Phdr))

/* Is it a program for this machine, with its table of program headers in the
 * file? 0 or -ENOEXEC. */
static int check_header(const Elf64_Ehdr *header, uint64_t file_size)
{
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != EM_X86_64 ||
	    (header->e_type != ET_EXEC && header->e_type != ET_DYN))
		return -ENOEXEC;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || !header->e_phnum ||
	    header->e_phnum > MAX_HEADERS)
		return -ENOEXEC;
	if (header->e_phoff > file_size ||
	    header->e_phnum * sizeof(Elf64_Phdr) > file_size - header->e_phoff)
		return -ENOEXEC;
	return 0;
}

/* Describes the segment of a PT_LOAD, which may begin at `above` at the earliest.
 * 0, -EINVAL or -ENOMEM. */
static int read_segment(const Elf64_Phdr *header, uint64_t file_size,
			uaddr_t above, uaddr_t limit,
			struct elf_segment *segment)
{
	uint64_t start = header->p_vaddr;

	if (header->p_filesz > header->p_memsz ||
	    header->p_offset > file_size ||
	    header->p_filesz > file_size - header->p_offset)
		return -EINVAL;
	if ((header->p_offset - start) % PAGE_SIZE)
		return -EINVAL;
	if (start >= limit || header->p_memsz > limit - start)
		return -ENOMEM;
	segment->start = ALIGN_DOWN(start, PAGE_SIZE);
	segment->file_end = header->p_filesz ? start + header->p_filesz
					     : segment->start;
	segment->memory_end = start + header->p_memsz;
	segment->end = ALIGN_UP(segment->memory_end, PAGE_SIZE);
	segment->offset = ALIGN_DOWN(header->p_offset, PAGE_SIZE);
	segment->flags = header->p_flags & (PF_R | PF_W | PF_X);
	return segment->start < above ? -EINVAL : 0;
}

/* Adds a PT_LOAD to the image. */
static int add_segment(const Elf64_Phdr *header, uint64_t file_size,
		       uaddr_t limit, struct elf_image *image)
{
	struct elf_segment *segment = &image->segments[image->segment_count];
	uint64_t align = header->p_align;
	int error;

	if (!header->p_memsz)
		return 0;
	if (image->segment_count == ELF_MAX_SEGMENTS)
		return -ENOEXEC;
	error = read_segment(header, file_size, image->end, limit, segment);
	if (error < 0)
		return error;
	if (!image->segment_count)
		image->start = segment->start;
	image->end = segment->end;
	image->segment_count++;
	/* an alignment that is no power of two is ignored, as in Linux */
	if (align > image->align && !(align & (align - 1)))
		image->align = align;
	return 0;
}

/* Notes where the path of the dynamic linker stands in the file. */
static int add_interpreter(const Elf64_Phdr *header, uint64_t file_size,
			   struct elf_image *image)
{
	if (image->interpreter_size)
		return 0; /* the first one counts */
	if (header->p_filesz < 2 || header->p_filesz > ELF_MAX_INTERPRETER ||
	    header->p_offset > file_size ||
	    header->p_filesz > file_size - header->p_offset)
		return -ENOEXEC;
	image->interpreter_offset = header->p_offset;
	image->interpreter_size = header->p_filesz;
	return 0;
}

/* Adds one program header; types that the kernel does not need are ignored. */
static int add_header(const Elf64_Phdr *header, uint64_t file_size,
		      uaddr_t limit, struct elf_image *image)
{
	switch (header->p_type) {
	case PT_LOAD:
		return add_segment(header, file_size, limit, image);
	case PT_INTERP:
		return add_interpreter(header, file_size, image);
	case PT_GNU_STACK:
		image->executable_stack = header->p_flags & PF_X;
		return 0;
	default:
		return 0;
	}
}

/* Returns the address of the program headers in memory, or 0 if no segment has
 * them. */
static uaddr_t find_headers(const struct elf_image *image, uint64_t offset)
{
	size_t size = image->header_count * sizeof(Elf64_Phdr);

	for (unsigned i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];
		uint64_t bytes = segment->file_end - segment->start;

		if (offset >= segment->offset &&
		    offset - segment->offset < bytes &&
		    size <= bytes - (offset - segment->offset))
			return segment->start + (offset - segment->offset);
	}
	return 0;
}

/* Can an image of these segments be mapped somewhere below `limit`? */
static int check_image(const struct elf_image *image, uaddr_t limit)
{
	if (!image->segment_count)
		return -ENOEXEC;
	if (image->align >= limit || image->end - image->start > limit)
		return -ENOMEM;
	if (image->fixed && image->start < USER_MIN)
		return -EINVAL;
	/* an entry that no bias could bring into ring 3's half */
	return image->entry >= limit ? -EINVAL : 0;
}

int elf_parse(struct elf_source *source, uaddr_t limit, struct elf_image *image)
{
	Elf64_Ehdr header;
	Elf64_Phdr program;
	int error = -ENOEXEC;

	memset(image, 0, offsetof(struct elf_image, segments));
	if (source->size < sizeof(header))
		return error;
	error = source->read(source, &header, sizeof(header), 0);
	if (!error)
		error = check_header(&header, source->size);
	if (error)
		return error;
	image->fixed = header.e_type == ET_EXEC;
	image->entry = header.e_entry;
	image->header_count = header.e_phnum;
	image->align = PAGE_SIZE;
	for (unsigned i = 0; !error && i < header.e_phnum; i++) {
		error = source->read(source, &program, sizeof(program),
				     header.e_phoff + i * sizeof(program));
		if (!error)
			error = add_header(&program, source->size, limit,
					   image);
	}
	if (error)
		return error;
	image->headers = find_headers(image, header.e_phoff);
	return check_image(image, limit);
}
