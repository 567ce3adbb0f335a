/* Checked access to user memory: see uaccess.h. The moves are usercopy.asm's. */
#include "kernel/mm/uaccess.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/mm/layout.h"

size_t user_copy(void *to, const void *from, size_t size);
long user_string(char *to, const void *from, size_t size);

size_t copy_from_user_partial(void *to, uaddr_t from, size_t size)
{
	assert_no_spinlock("a copy from user memory");
	if (!user_range_ok(from, size))
		return size;
	return user_copy(to, (const void *)from, size);
}

size_t copy_to_user_partial(uaddr_t to, const void *from, size_t size)
{
	assert_no_spinlock("a copy to user memory");
	if (!user_range_ok(to, size))
		return size;
	return user_copy((void *)to, from, size);
}

int copy_from_user(void *to, uaddr_t from, size_t size)
{
	return copy_from_user_partial(to, from, size) ? -EFAULT : 0;
}

int copy_to_user(uaddr_t to, const void *from, size_t size)
{
	return copy_to_user_partial(to, from, size) ? -EFAULT : 0;
}

long strncpy_from_user(char *to, uaddr_t from, size_t size)
{
	size_t limit = size;
	long length;

	assert_no_spinlock("a copy from user memory");
	if (from >= USER_END)
		return -EFAULT;
	if (limit > USER_END - from)
		limit = USER_END - from;
	length = user_string(to, (const void *)from, limit);
	if (length < 0)
		return -EFAULT;
	if ((size_t)length < limit)
		return length;
	return limit < size ? -EFAULT : -ENAMETOOLONG;
}
