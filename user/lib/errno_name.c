/*
 * The names of the errors that programs here meet, for messages.
 */
#include "kernel/abi/errno.h"
#include "user/lib/printf.h"

#define NAME(error) [error] = #error

static const char *const names[] = {
	[0] = "no error",   NAME(EPERM),  NAME(ENOENT),    NAME(ESRCH),
	NAME(EINTR),        NAME(EIO),    NAME(ENXIO),     NAME(E2BIG),
	NAME(ENOEXEC),      NAME(EBADF),  NAME(ECHILD),    NAME(EAGAIN),
	NAME(ENOMEM),       NAME(EACCES), NAME(EFAULT),    NAME(EBUSY),
	NAME(EEXIST),       NAME(EXDEV),  NAME(ENODEV),    NAME(ENOTDIR),
	NAME(EISDIR),       NAME(EINVAL), NAME(ENFILE),    NAME(EMFILE),
	NAME(ENOTTY),       NAME(EFBIG),  NAME(ENOSPC),    NAME(ESPIPE),
	NAME(EROFS),        NAME(EMLINK), NAME(EPIPE),     NAME(EDOM),
	NAME(ERANGE),       NAME(ENOSYS), NAME(ENOTEMPTY), NAME(ELOOP),
	NAME(ENAMETOOLONG),
};

const char *errno_name(long error)
{
	unsigned long number = error < 0 ? -error : error;

	if (number < sizeof(names) / sizeof(names[0]) && names[number])
		return names[number];
	return "E?";
}
