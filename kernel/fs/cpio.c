/*
 * Reads a cpio archive of the kind "newc" (man 5 cpio), entry by entry. Pure:
 * every offset is checked against the archive's size before it is used.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/fs/initrd.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

/* 13 fields of 8 hexadecimal digits behind the magic number. */
enum field {
	INODE,
	MODE,
	UID,
	GID,
	LINKS,
	MTIME,
	SIZE,
	MAJOR,
	MINOR,
	RDEV_MAJOR,
	RDEV_MINOR,
	NAME_SIZE,
	CHECK,
	FIELD_COUNT,
};

#define MAGIC        "070701"
#define MAGIC_BYTES  6
#define FIELD_DIGITS 8
#define HEADER_BYTES (MAGIC_BYTES + FIELD_COUNT * FIELD_DIGITS)
#define TRAILER      "TRAILER!!!"

/* Returns the value of a hexadecimal digit, or -1. */
static int cpio_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads the digits of the header. Returns 0, or -EINVAL if the magic number or
 * a digit is wrong. */
static int cpio_read_fields(const char *header, uint32_t fields[FIELD_COUNT])
{
	const char *digit = header + MAGIC_BYTES;

	if (memcmp(header, MAGIC, MAGIC_BYTES) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		fields[i] = 0;
		for (unsigned j = 0; j < FIELD_DIGITS; j++) {
			int value = cpio_digit(*digit++);

			if (value < 0)
				return -EINVAL;
			fields[i] = fields[i] << 4 | (uint32_t)value;
		}
	}
	return 0;
}

/* Moves *offset behind `size` bytes, rounded up to 4. Returns false if the
 * archive is not that long. The last entry may lack its padding. */
static bool cpio_skip(size_t archive_size, size_t *offset, size_t size)
{
	if (size > archive_size - *offset)
		return false;
	*offset = MIN(ALIGN_UP(*offset + size, 4), archive_size);
	return true;
}

int cpio_next(const void *archive, size_t size, size_t *offset,
	      struct cpio_entry *entry)
{
	const char *bytes = archive;
	uint32_t fields[FIELD_COUNT];
	size_t at = *offset;

	if (at > size || size - at < HEADER_BYTES ||
	    cpio_read_fields(bytes + at, fields))
		return -EINVAL;
	entry->name = bytes + at + HEADER_BYTES;
	if (!cpio_skip(size, &at, (size_t)HEADER_BYTES + fields[NAME_SIZE]) ||
	    fields[NAME_SIZE] > PATH_MAX || !entry->name[0] ||
	    strnlen(entry->name, fields[NAME_SIZE]) == fields[NAME_SIZE])
		return -EINVAL;
	entry->data = (const uint8_t *)bytes + at;
	entry->size = fields[SIZE];
	if (!cpio_skip(size, &at, entry->size))
		return -EINVAL;
	entry->mode = fields[MODE];
	entry->uid = fields[UID];
	entry->gid = fields[GID];
	entry->mtime = fields[MTIME];
	entry->rdev_major = fields[RDEV_MAJOR];
	entry->rdev_minor = fields[RDEV_MINOR];
	*offset = at;
	return strcmp(entry->name, TRAILER) != 0;
}
