/*
 * The initial files: a cpio archive ("newc", man 5 cpio), unpacked into the
 * root. Any bytes are safe: a damaged archive gives an error.
 */
#ifndef KERNEL_FS_INITRD_H
#define KERNEL_FS_INITRD_H

#include <stddef.h>
#include <stdint.h>

/* One entry of an archive, into which it points. */
struct cpio_entry {
	const char *name; /* NUL-ended, relative, without ".." */
	const uint8_t *data;
	size_t size;
	uint32_t mode, uid, gid, mtime, rdev_major, rdev_minor;
};

/*
 * Reads the entry at `*offset` and moves it to the next. 1: an entry; 0: the
 * trailer; -EINVAL: damaged or cut off. (kernel/fs/cpio.c, host-tested)
 */
int cpio_next(const void *archive, size_t size, size_t *offset,
	      struct cpio_entry *entry);

/*
 * Unpacks an archive over the root; files replace files. 0 or -errno, and
 * prints what was wrong. The archive stays where it is for good: the files'
 * bytes are read from it.
 */
int initrd_unpack(const void *archive, size_t size);

#endif
