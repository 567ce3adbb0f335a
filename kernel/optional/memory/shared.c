/*
 * Memory that processes share without a named file: mmap(2) with MAP_SHARED
 * and MAP_ANONYMOUS, and memfd_create(2). Both are a file of the RAM file
 * system that stands in no directory.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/fs/ramfs_file.h"
#include "kernel/lib/hook.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/memory.h"
#include "kernel/sys/table.h"

#define MEMFD_NAME_MAX 249 /* without the NUL, as on Linux */

/*
 * Returns a regular file without a place in the tree, open for reading and
 * writing, which /proc shows as `name`; NULL when out of memory.
 */
static struct file *shared_file_new(const char *name, uint64_t size)
{
	struct inode *inode = ramfs_inode_new(DEVICE_NAMELESS, S_IFREG | 0777,
					      0);
	struct dentry *dentry;
	struct file *file;
	int error;

	if (!inode)
		return NULL;
	inode->size = size;
	inode->links = 0;
	dentry = dentry_new(NULL, name, inode);
	if (!dentry)
		return NULL;
	dentry->unlinked = true;
	file = file_open(dentry, &ramfs_file_ops, O_RDWR, &error);
	dentry_put(dentry);
	return file;
}

static struct file *shared_anonymous_file(size_t size)
{
	return shared_file_new("/dev/zero", size);
}

static void shared_init(void)
{
	shared_memory_new = shared_anonymous_file;
}
HOOK(boot, shared_init);

static long sys_memfd_create(uaddr_t from, unsigned flags)
{
	char name[MEMFD_NAME_MAX + 10] = "/memfd:";
	struct file *file;
	long length;

	if (flags & ~(unsigned)(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL;
	length = strncpy_from_user(name + 7, from, MEMFD_NAME_MAX + 1);
	if (length < 0)
		return length == -ENAMETOOLONG ? -EINVAL : length;
	file = shared_file_new(name, 0);
	return file ? fd_install(file, 0, flags & MFD_CLOEXEC) : -ENOMEM;
}
SYSCALL(memfd_create);
