/*
 * System calls that make and remove names, and change the working directory.
 */
#include "kernel/abi/fcntl.h"
#include "kernel/fs/names.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"
#include "kernel/sys/user_path.h"

long user_path_make(int directory, uaddr_t address, uint32_t mode,
		    uint64_t device)
{
	struct user_path path;
	int error = user_path_get(&path, directory, address);

	if (error)
		return error;
	mode &= ~READ_ONCE(current_task()->fs->umask);
	dentry_put(name_create(path.base, path.text,
			       &(struct new_inode){ mode, device, NULL },
			       &error));
	user_path_put(&path);
	return error;
}

/* Makes a directory; of the set-ID bits only the sticky bit is kept. */
static long sys_mkdirat(int directory, uaddr_t path, uint32_t mode)
{
	return user_path_make(directory, path, S_IFDIR | (mode & 01777), 0);
}
SYSCALL(mkdirat);

static long sys_mkdir(uaddr_t path, uint32_t mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}
SYSCALL(mkdir);

/* Removes a name, or with AT_REMOVEDIR an empty directory. */
static long sys_unlinkat(int directory, uaddr_t address, unsigned flags)
{
	struct user_path path;
	int error;

	if (flags & ~(unsigned)AT_REMOVEDIR)
		return -EINVAL;
	error = user_path_get(&path, directory, address);
	if (error)
		return error;
	error = name_remove(path.base, path.text, flags & AT_REMOVEDIR);
	user_path_put(&path);
	return error;
}
SYSCALL(unlinkat);

static long sys_unlink(uaddr_t path)
{
	return sys_unlinkat(AT_FDCWD, path, 0);
}
SYSCALL(unlink);

static long sys_rmdir(uaddr_t path)
{
	return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
SYSCALL(rmdir);

/* ---- The working directory ---- */

/* Copies the path of the working directory. Returns its length with the NUL. */
static long copy_cwd(struct dentry *cwd, char *buffer, uaddr_t to, size_t size)
{
	char *path = path_of(cwd, buffer, PATH_MAX);
	size_t length;

	if (cwd->unlinked)
		return -ENOENT;
	if (!path)
		return -ENAMETOOLONG;
	length = strlen(path) + 1;
	if (length > size)
		return -ERANGE;
	return copy_to_user(to, path, length) ? -EFAULT : (long)length;
}

/* getcwd(2) returns the length; C's getcwd() the buffer. */
static long sys_getcwd(uaddr_t to, size_t size)
{
	char *buffer = kmalloc(PATH_MAX);
	struct dentry *cwd;
	long result;

	if (!buffer)
		return -ENOMEM;
	cwd = fs_context_cwd(current_task()->fs);
	result = copy_cwd(cwd, buffer, to, size);
	dentry_put(cwd);
	kfree(buffer);
	return result;
}
SYSCALL(getcwd);

long user_path_enter(struct dentry *directory)
{
	long error = inode_permission(directory->inode, MAY_EXEC);

	if (!error)
		fs_context_set_cwd(current_task()->fs, directory);
	return error;
}

/* Changes the working directory to the one that a path names. */
static long sys_chdir(uaddr_t address)
{
	struct dentry *directory;
	struct user_path path;
	long result;
	int error = user_path_get(&path, AT_FDCWD, address);

	if (error)
		return error;
	directory = path_lookup(NULL, path.text, PATH_DIRECTORY, &error);
	result = directory ? user_path_enter(directory) : error;
	dentry_put(directory);
	user_path_put(&path);
	return result;
}
SYSCALL(chdir);
