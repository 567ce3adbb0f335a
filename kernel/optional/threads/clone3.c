/* clone3(2): clone(2) with its arguments in a struct that may grow. */
#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/fork.h"
#include "kernel/sys/table.h"

/* Newer programs may have a longer struct, whose new part must be zero. */
static int read_clone_args(struct clone_args *args, uaddr_t from, size_t size)
{
	char byte;

	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	memset(args, 0, sizeof(*args));
	if (copy_from_user(args, from, MIN(size, sizeof(*args))) < 0)
		return -EFAULT;
	for (size_t i = sizeof(*args); i < size; i++) {
		if (copy_from_user(&byte, from + i, 1) < 0)
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return 0;
}

static long sys_clone3(uaddr_t from, size_t size)
{
	struct clone_args args;
	int error = read_clone_args(&args, from, size);

	if (error)
		return error;
	if ((args.flags & CSIGNAL) || args.set_tid_size || args.cgroup ||
	    !args.stack != !args.stack_size)
		return -EINVAL;
	return fork_clone(&args);
}
SYSCALL(clone3);
