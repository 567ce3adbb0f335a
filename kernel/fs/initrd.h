/*
 * The initial files: a cpio archive of the kind "newc" (man 5 cpio), which is
 * unpacked into the root. Any bytes are safe; a damaged archive is an error.
 */
#ifndef KERNEL_FS_INITRD_H
#define KERNEL_FS_INITRD_H

#include <stddef.h>
#include <stdint.h>

/* One entry; the pointers point into the archive. */
struct cpio_entry {
	const char *name; /* ended by NUL, not empty */
	const uint8_t *data;
	size_t size;
	uint32_t mode, uid, gid, mtime, rdev_major, rdev_minor;
};

/*
 * Reads the entry at *offset and moves *offset to the next one. Returns 1 for
 * an entry, 0 for the trailer, -EINVAL if the archive is damaged or cut off.
 */
int cpio_next(const void *archive, size_t size, size_t *offset,
	      struct cpio_entry *entry);

/*
 * Unpacks an archive over the root; its files replace those that are there.
 * Returns 0, or prints what was wrong and returns -errno. The archive must stay
 * for good, because the content of the files is read from it.
 */
int initrd_unpack(const void *archive, size_t size);

#endif
