/*
 * The shipped image, mapped into the test's process as the kernel maps it:
 * the data page below it, read-only there and writable at another address.
 */
#ifndef TESTS_HOST_VDSO_IMAGE_H
#define TESTS_HOST_VDSO_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#include "kernel/abi/patch.h"
#include "vdso/vvar.h"

struct image {
	struct vvar *vvar_k; /* the page, writable */
	const struct vvar *vvar_u;
	unsigned char *bytes; /* the image */
	size_t size;

	int (*clock_gettime)(int, struct timespec *);
	int (*gettimeofday)(struct timeval *, struct timezone *);
	int64_t (*time)(int64_t *);
	int (*clock_getres)(int, struct timespec *);
	long (*getcpu)(unsigned *, unsigned *, void *);
	unsigned long (*capabilities)(void);
	int (*number_of_the_beast)(void);
};

/* The whole file BUILD/vdso.so, with room of a page after it. */
unsigned char *image_load(size_t *size);

void image_map(struct image *image);

/* The patch note's entries. */
const struct patch *image_patches(const struct image *image, size_t *count);

/* Applies the entries for `feature`. */
void image_patch(struct image *image, enum patch_feature feature);

/*
 * From now on the image reads this function instead of the CPU's counter. It
 * is called in the middle of a read, at the very place of RDTSC.
 */
void image_set_counter(struct image *image, uint64_t (*read)(void));

#endif
