/*
 * The only way to user memory. Any address is safe: what lies outside ring 3's
 * half, is unmapped or may not be written gives -EFAULT. Pages are brought in
 * by the ordinary page fault, so no spinlock may be held. Nothing here sleeps.
 */
#ifndef KERNEL_MM_UACCESS_H
#define KERNEL_MM_UACCESS_H

#include "kernel/lib/types.h"
#include "kernel/mm/layout.h"

/* Return 0, or -EFAULT if anything could not be copied. */
int copy_from_user(void *to, uaddr_t from, size_t size);
int copy_to_user(uaddr_t to, const void *from, size_t size);

/* Return how many bytes could NOT be copied: for read(2) and write(2). */
size_t copy_from_user_partial(void *to, uaddr_t from, size_t size);
size_t copy_to_user_partial(uaddr_t to, const void *from, size_t size);

/*
 * Copies a string with its NUL. Returns its length without the NUL, -EFAULT, or
 * -ENAMETOOLONG if `size` bytes hold no NUL.
 */
long strncpy_from_user(char *to, uaddr_t from, size_t size);

/* Copies one value. Returns 0 or -EFAULT. */
static inline int get_user32(uint32_t *value, uaddr_t from)
{
	return copy_from_user(value, from, sizeof(*value));
}

static inline int get_user64(uint64_t *value, uaddr_t from)
{
	return copy_from_user(value, from, sizeof(*value));
}

static inline int put_user32(uaddr_t to, uint32_t value)
{
	return copy_to_user(to, &value, sizeof(value));
}

static inline int put_user64(uaddr_t to, uint64_t value)
{
	return copy_to_user(to, &value, sizeof(value));
}

/* Returns whether [address, address + size) lies in ring 3's half, mapped or
 * not. */
static inline bool user_range_ok(uaddr_t address, size_t size)
{
	return size <= USER_END && address <= USER_END - size;
}

#endif
