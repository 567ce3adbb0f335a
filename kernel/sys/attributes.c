/*
 * System calls on what a file is: stat(2) and its forms.
 */
#include "kernel/sys/attributes.h"

#include "kernel/abi/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/table.h"
#include "kernel/sys/user_path.h"

#define PATH_FLAGS (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)

/* The next two are for all calls that act on an inode, by path or descriptor. */
long with_path(int directory, uaddr_t path, unsigned flags, inode_act *act,
	       const void *argument)
{
	struct dentry *found;
	long result;
	int error;

	if (flags & ~(unsigned)(PATH_FLAGS | AT_NO_AUTOMOUNT))
		return -EINVAL;
	found = user_path_lookup(directory, path, flags, &error);
	if (!found)
		return error;
	result = act(found->inode, argument);
	dentry_put(found);
	return result;
}

long with_file(struct file *file, inode_act *act, const void *argument)
{
	long result;

	if (!file)
		return -EBADF;
	result = act(file->inode, argument);
	file_put(file);
	return result;
}

/* Writes a struct stat to the address that `argument` points to. */
static long act_stat(struct inode *inode, const void *argument)
{
	struct stat stat;

	inode_stat(inode, &stat);
	return copy_to_user(*(const uaddr_t *)argument, &stat, sizeof(stat));
}

/* The general form: C libraries make stat(), lstat() and fstat() of it. */
static long sys_newfstatat(int directory, uaddr_t path, uaddr_t to,
			   unsigned flags)
{
	return with_path(directory, path, flags, act_stat, &to);
}
SYSCALL(newfstatat);

/* Older forms, which musl calls. */
static long sys_stat(uaddr_t path, uaddr_t to)
{
	return sys_newfstatat(AT_FDCWD, path, to, 0);
}
SYSCALL(stat);

static long sys_lstat(uaddr_t path, uaddr_t to)
{
	return sys_newfstatat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}
SYSCALL(lstat);

static long sys_fstat(int fd, uaddr_t to)
{
	return with_file(fd_get(fd), act_stat, &to);
}
SYSCALL(fstat);
