/*
 * The part "names": link(2), symlink(2), readlink(2), rename(2) and mknod(2) in
 * their forms, named pipes (fifo.c), and files that are made through a link which
 * leads to nothing (dangling.c).
 *
 * Without it these calls answer -ENOSYS, a named pipe cannot be opened, and
 * O_CREAT of such a link is -ENOENT: `mv`, `ln`, `ls -l` of a link, `mkfifo`,
 * editors and package managers miss it. It needs no other part.
 */
#include "kernel/optional/names/rename.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/ramfs.h"
#include "kernel/process/process.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"
#include "kernel/sys/user_path.h"

/* ---- link -------------------------------------------------------------------- */

/* Gives the file one more name. Both directories' rules were checked, and the
 * mutex of `directory` is held. */
static int add_link(struct dentry *directory, const char *name,
		    struct inode *inode)
{
	struct dentry *dentry;

	if (directory->unlinked)
		return -ENOENT;
	dentry = ramfs_add_name(directory, name, inode_get(inode));
	if (!dentry)
		return -ENOSPC;
	atomic_fetch_add(&inode->links, 1);
	inode->ctime_ns = inode_now();
	dentry_put(dentry);
	return 0;
}

/* link(2) on paths in kernel memory; `flags` is AT_SYMLINK_FOLLOW or 0. */
static int name_link(struct dentry *from_base, const char *from,
		     struct dentry *to_base, const char *to, unsigned flags)
{
	unsigned follow = flags & AT_SYMLINK_FOLLOW ? 0 : PATH_NOFOLLOW;
	struct dentry *old;
	struct walk walk;
	int error;

	old = path_lookup(from_base, from, follow, &error);
	if (!old)
		return error;
	error = walk_begin(&walk, to_base, to);
	if (error)
		goto put_old;
	error = name_may_create(&walk, false);
	if (!error && old->inode->device != walk.at->inode->device)
		error = -EXDEV;
	if (!error && S_ISDIR(old->inode->mode))
		error = -EPERM;
	if (!error && old->inode->links == 0)
		error = -ENOENT;
	if (!error)
		error = add_link(walk.at, walk.name, old->inode);
	name_finish(&walk);
put_old:
	dentry_put(old);
	return error;
}

/* ---- System calls ------------------------------------------------------------ */

/* Copies two paths in and hands them to `change`. */
static long with_two_paths(int from_directory, uaddr_t from, int to_directory,
			   uaddr_t to, unsigned flags,
			   int (*change)(struct dentry *from_base,
					 const char *from,
					 struct dentry *to_base, const char *to,
					 unsigned flags))
{
	struct user_path old, new;
	int error = user_path_get(&old, from_directory, from);

	if (error)
		return error;
	error = user_path_get(&new, to_directory, to);
	if (!error) {
		error = change(old.base, old.text, new.base, new.text, flags);
		user_path_put(&new);
	}
	user_path_put(&old);
	return error;
}

static long sys_linkat(int from_directory, uaddr_t from, int to_directory,
		       uaddr_t to, unsigned flags)
{
	if (flags & ~(unsigned)AT_SYMLINK_FOLLOW)
		return -EINVAL;
	return with_two_paths(from_directory, from, to_directory, to, flags,
			      name_link);
}
SYSCALL(linkat);

static long sys_link(uaddr_t from, uaddr_t to)
{
	return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
SYSCALL(link);

static long sys_renameat2(int from_directory, uaddr_t from, int to_directory,
			  uaddr_t to, unsigned flags)
{
	if (flags & ~(unsigned)RENAME_NOREPLACE)
		return -EINVAL;
	return with_two_paths(from_directory, from, to_directory, to, flags,
			      name_rename);
}
SYSCALL(renameat2);

static long sys_renameat(int from_directory, uaddr_t from, int to_directory,
			 uaddr_t to)
{
	return sys_renameat2(from_directory, from, to_directory, to, 0);
}
SYSCALL(renameat);

static long sys_rename(uaddr_t from, uaddr_t to)
{
	return sys_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
SYSCALL(rename);

static long sys_symlinkat(uaddr_t target_address, int directory,
			  uaddr_t address)
{
	struct user_path target, path;
	int error = user_path_get(&target, AT_FDCWD, target_address);

	if (error)
		return error;
	if (*target.text)
		error = user_path_get(&path, directory, address);
	else
		error = -ENOENT;
	if (!error) {
		dentry_put(name_create(path.base, path.text,
				       &(struct new_inode){ S_IFLNK | 0777, 0,
							    target.text },
				       &error));
		user_path_put(&path);
	}
	user_path_put(&target);
	return error;
}
SYSCALL(symlinkat);

static long sys_symlink(uaddr_t target, uaddr_t path)
{
	return sys_symlinkat(target, AT_FDCWD, path);
}
SYSCALL(symlink);

static long sys_mknodat(int directory, uaddr_t path, uint32_t mode,
			uint32_t device)
{
	switch (mode & S_IFMT) {
	case 0:
		mode |= S_IFREG;
		break;
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	case S_IFCHR:
	case S_IFBLK:
		if (current_process()->credentials.euid)
			return -EPERM;
		break;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
	return user_path_make(directory, path, mode & (S_IFMT | 07777), device);
}
SYSCALL(mknodat);

static long sys_mknod(uaddr_t path, uint32_t mode, uint32_t device)
{
	return sys_mknodat(AT_FDCWD, path, mode, device);
}
SYSCALL(mknod);
