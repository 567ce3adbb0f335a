/*
 * Maps the shipped image, looks its functions up, patches it.
 */
#define _GNU_SOURCE
#include "tests/host/vdso_image.h"

#include <elf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "user/lib/vdso.h"

#define PAGE      4096ul
#define STUB_SIZE PAGE

unsigned char *image_load(size_t *size)
{
	const char *build = getenv("BUILD");
	char path[4096];

	snprintf(path, sizeof(path), "%s/vdso.so", build ? build : "build");
	FILE *file = fopen(path, "rb");
	if (!file)
		fail_msg("cannot open %s", path);

	unsigned char *bytes = calloc(16, PAGE);
	*size = fread(bytes, 1, 16 * PAGE, file);
	assert_in_range(*size, 1000, 15 * PAGE);
	fclose(file);
	return bytes;
}

static void *find(const struct image *image, const char *name)
{
	void *f = vdso_symbol(image->bytes, name, "LINUX_2.6");

	if (!f)
		fail_msg("no %s in the image", name);
	return f;
}

/* [vvar] [image] [a page for image_set_counter()] */
void image_map(struct image *image)
{
	size_t size;
	unsigned char *file = image_load(&size);
	size_t pages = (size + PAGE - 1) & -PAGE;
	int fd = memfd_create("vvar", 0);

	assert_int_equal(ftruncate(fd, VVAR_SIZE), 0);
	unsigned char *all = mmap(NULL, VVAR_SIZE + pages + STUB_SIZE,
				  PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(all, MAP_FAILED);
	assert_ptr_equal(mmap(all, VVAR_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED,
			      fd, 0),
			 all);

	*image = (struct image){ .vvar_u = (void *)all,
				 .bytes = all + VVAR_SIZE,
				 .size = pages };
	image->vvar_k = mmap(NULL, VVAR_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd, 0);
	close(fd);
	memcpy(image->bytes, file, size);
	free(file);
	mprotect(image->bytes, pages + STUB_SIZE, PROT_READ | PROT_EXEC);

	image->clock_gettime = find(image, "__vdso_clock_gettime");
	image->gettimeofday = find(image, "__vdso_gettimeofday");
	image->time = find(image, "__vdso_time");
	image->clock_getres = find(image, "__vdso_clock_getres");
	image->getcpu = find(image, "__vdso_getcpu");
	image->capabilities = find(image, "__vdso_capabilities");
	image->number_of_the_beast = find(image, "__vdso_number_of_the_beast");
}

const struct patch *image_patches(const struct image *image, size_t *count)
{
	const Elf64_Ehdr *eh = (void *)image->bytes;
	const Elf64_Phdr *ph = (void *)(image->bytes + eh->e_phoff);

	while (ph->p_type != PT_NOTE)
		ph++;
	const unsigned char *note = image->bytes + ph->p_offset;
	const unsigned char *end = note + ph->p_filesz;

	while (note < end) {
		const Elf64_Nhdr *nh = (void *)note;
		const char *name = (const char *)(nh + 1);
		const unsigned char *desc = (const unsigned char *)name +
					    ((nh->n_namesz + 3) & ~3);

		if (!strcmp(name, PATCH_NOTE_NAME) &&
		    nh->n_type == PATCH_NOTE_TYPE) {
			*count = nh->n_descsz / sizeof(struct patch);
			return (const void *)desc;
		}
		note = desc + ((nh->n_descsz + 3) & ~3);
	}
	fail_msg("no patch note in the image");
	return NULL;
}

static void set_writable(struct image *image, int yes)
{
	mprotect(image->bytes, image->size + STUB_SIZE,
		 PROT_READ | (yes ? PROT_WRITE : PROT_EXEC));
}

void image_patch(struct image *image, enum patch_feature feature)
{
	size_t count;
	const struct patch *p = image_patches(image, &count);

	set_writable(image, 1);
	for (; count--; p++)
		if (p->feature == feature)
			memcpy((char *)p + p->site, p->code, p->length);
	set_writable(image, 0);
}

/* rax = low half, rdx = high half, as RDTSC; all else but rcx is kept. */
static const unsigned char stub[] = {
	0x56, 0x57,                               /* push rsi, rdi */
	0x41, 0x50, 0x41, 0x51,                   /* push r8, r9 */
	0x41, 0x52, 0x41, 0x53,                   /* push r10, r11 */
	0x55,                                     /* push rbp */
	0x48, 0x89, 0xe5,                         /* mov rbp, rsp */
	0x48, 0x83, 0xe4, 0xf0,                   /* and rsp, -16 */
	0x48, 0xb8, 0,    0,    0, 0, 0, 0, 0, 0, /* mov rax, function */
	0xff, 0xd0,                               /* call rax */
	0x48, 0x89, 0xec,                         /* mov rsp, rbp */
	0x5d,                                     /* pop rbp */
	0x41, 0x5b, 0x41, 0x5a,                   /* pop r11, r10 */
	0x41, 0x59, 0x41, 0x58,                   /* pop r9, r8 */
	0x5f, 0x5e,                               /* pop rdi, rsi */
	0x48, 0x89, 0xc2,                         /* mov rdx, rax */
	0x48, 0xc1, 0xea, 0x20,                   /* shr rdx, 32 */
	0x89, 0xc0,                               /* mov eax, eax */
	0xc3,                                     /* ret */
};
#define STUB_FUNCTION 20 /* where the address stands */

void image_set_counter(struct image *image, uint64_t (*read)(void))
{
	unsigned char *target = image->bytes + image->size;
	size_t count, done = 0;
	const struct patch *p = image_patches(image, &count);

	set_writable(image, 1);
	memcpy(target, stub, sizeof(stub));
	memcpy(target + STUB_FUNCTION, &read, sizeof(read));
	for (; count--; p++) {
		unsigned char *site = (unsigned char *)p + p->site;
		int32_t distance = target - (site + 5);

		if (p->feature != PATCH_RDTSCP)
			continue;
		assert_int_equal(p->length, 5);
		site[0] = 0xe8; /* call */
		memcpy(site + 1, &distance, 4);
		done++;
	}
	assert_true(done > 0);
	set_writable(image, 0);
}
