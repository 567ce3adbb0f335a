/*
 * A hand-made program: the smallest ELF image, written to a file, whose header
 * a test can spoil and whose code it can choose.
 */
#ifndef TESTS_GUEST_IMAGE_H
#define TESTS_GUEST_IMAGE_H

#include "kernel/abi/elf.h"
#include "user/lib/printf.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"

#define IMAGE_BASE      0x10000000ul
#define IMAGE_SEGMENTS  3
#define IMAGE_CODE_SIZE 256

/* As it stands in the file; all of it is one segment unless changed. */
struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segment[IMAGE_SEGMENTS];
	unsigned char code[IMAGE_CODE_SIZE];
};

/* One R+X segment, `code` at its entry. */
static inline void image_init(struct image *image, const void *code,
			      size_t code_size)
{
	memset(image, 0, sizeof(*image));
	memcpy(image->code, code, code_size);
	memcpy(image->header.e_ident, ELFMAG, SELFMAG);
	image->header.e_ident[EI_CLASS] = ELFCLASS64;
	image->header.e_ident[EI_DATA] = ELFDATA2LSB;
	image->header.e_ident[EI_VERSION] = EV_CURRENT;
	image->header.e_type = ET_EXEC;
	image->header.e_machine = EM_X86_64;
	image->header.e_version = EV_CURRENT;
	image->header.e_ehsize = sizeof(Elf64_Ehdr);
	image->header.e_phentsize = sizeof(Elf64_Phdr);
	image->header.e_phoff = offsetof(struct image, segment);
	image->header.e_phnum = 1;
	image->header.e_entry = IMAGE_BASE + offsetof(struct image, code);
	image->segment[0] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = IMAGE_BASE,
		.p_paddr = IMAGE_BASE,
		.p_filesz = sizeof(*image),
		.p_memsz = sizeof(*image),
		.p_align = 4096,
	};
}

/* Writes `len` bytes of it to a new file `path`; 0 or -errno. */
static inline long image_write(const char *path, const void *image, size_t len,
			       int mode)
{
	call_unlink(path);

	long fd = call_open(path, O_CREAT | O_EXCL | O_WRONLY, mode);
	long error = fd < 0 ? fd : write_all(fd, image, len);

	if (fd >= 0)
		call_close(fd);
	return error;
}

#endif
