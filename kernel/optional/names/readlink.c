/* readlink(2): where a symbolic link leads to. */
#include "kernel/abi/fcntl.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/table.h"
#include "kernel/sys/user_path.h"

/* Copies where a symbolic link leads to. Returns the length, as no NUL follows. */
static long read_link(struct inode *inode, uaddr_t to, size_t size)
{
	char *buffer;
	long length;

	buffer = kmalloc(PATH_MAX);
	if (!buffer)
		return -ENOMEM;
	length = inode->ops->readlink(inode, buffer, PATH_MAX);
	if (length > 0) {
		length = (long)MIN((size_t)length, size);
		if (copy_to_user(to, buffer, (size_t)length))
			length = -EFAULT;
	}
	kfree(buffer);
	return length;
}

static long sys_readlinkat(int directory, uaddr_t path, uaddr_t to, int size)
{
	struct dentry *link;
	long result;
	char first = 0;
	int error;

	if (size <= 0)
		return -EINVAL;
	link = user_path_lookup(directory, path,
				AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &error);
	if (!link)
		return error;
	if (S_ISLNK(link->inode->mode))
		result = read_link(link->inode, to, (size_t)size);
	else
		result = copy_from_user(&first, path, 1) || first ? -EINVAL
								  : -ENOENT;
	dentry_put(link);
	return result;
}
SYSCALL(readlinkat);

static long sys_readlink(uaddr_t path, uaddr_t to, int size)
{
	return sys_readlinkat(AT_FDCWD, path, to, size);
}
SYSCALL(readlink);
