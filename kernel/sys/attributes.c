/*
 * System calls on what a file is: its type, permissions, owner and size.
 */
#include "kernel/sys/attributes.h"

#include "kernel/abi/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/table.h"
#include "kernel/sys/user_path.h"

#define PATH_FLAGS (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)
#define UNCHANGED  UINT32_MAX /* a uid or gid that chown(2) leaves alone */

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

/* ---- stat ---- */

static long act_stat(struct inode *inode, const void *argument)
{
	struct stat stat;

	inode_stat(inode, &stat);
	return copy_to_user(*(const uaddr_t *)argument, &stat, sizeof(stat));
}

static long sys_newfstatat(int directory, uaddr_t path, uaddr_t to,
			   unsigned flags)
{
	return with_path(directory, path, flags, act_stat, &to);
}
SYSCALL(newfstatat);

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
	return with_file(fd_get_any(fd), act_stat, &to);
}
SYSCALL(fstat);

/* ---- Rights and owners ---- */

static long act_access(struct inode *inode, const void *argument)
{
	return inode_permission(inode, *(const unsigned *)argument);
}

static long sys_faccessat2(int directory, uaddr_t path, unsigned mode,
			   unsigned flags)
{
	if (mode & ~(unsigned)(R_OK | W_OK | X_OK))
		return -EINVAL;
	return with_path(directory, path, flags & ~(unsigned)AT_EACCESS,
			 act_access, &mode);
}
SYSCALL(faccessat2);

static long sys_faccessat(int directory, uaddr_t path, unsigned mode)
{
	return sys_faccessat2(directory, path, mode, 0);
}
SYSCALL(faccessat);

static long sys_access(uaddr_t path, unsigned mode)
{
	return sys_faccessat2(AT_FDCWD, path, mode, 0);
}
SYSCALL(access);

static long act_chmod(struct inode *inode, const void *argument)
{
	uint32_t mode = *(const uint32_t *)argument & 07777;

	if (!inode_owned(inode))
		return -EPERM;
	mutex_lock(&inode->mutex);
	if (!inode_in_group(inode))
		mode &= ~(uint32_t)S_ISGID;
	inode->mode = (inode->mode & S_IFMT) | mode;
	inode->ctime_ns = inode_now();
	mutex_unlock(&inode->mutex);
	return 0;
}

static long sys_fchmodat(int directory, uaddr_t path, uint32_t mode)
{
	return with_path(directory, path, 0, act_chmod, &mode);
}
SYSCALL(fchmodat);

static long sys_chmod(uaddr_t path, uint32_t mode)
{
	return sys_fchmodat(AT_FDCWD, path, mode);
}
SYSCALL(chmod);

static long sys_fchmod(int fd, uint32_t mode)
{
	return with_file(fd_get(fd), act_chmod, &mode);
}
SYSCALL(fchmod);

struct owner {
	uint32_t uid, gid;
};

static long act_chown(struct inode *inode, const void *argument)
{
	struct owner owner = *(const struct owner *)argument;
	uint32_t uid, gid;
	bool allowed;

	file_hooks.credentials(&uid, &gid);
	mutex_lock(&inode->mutex);
	if (owner.uid == UNCHANGED)
		owner.uid = inode->uid;
	if (owner.gid == UNCHANGED)
		owner.gid = inode->gid;
	allowed = uid == 0 ||
		  (uid == inode->uid && owner.uid == inode->uid &&
		   (owner.gid == inode->gid || file_hooks.in_group(owner.gid)));
	if (allowed) {
		if (!S_ISDIR(inode->mode))
			inode->mode = inode_mode_dropped(inode);
		inode->uid = owner.uid;
		inode->gid = owner.gid;
		inode->ctime_ns = inode_now();
	}
	mutex_unlock(&inode->mutex);
	return allowed ? 0 : -EPERM;
}

static long sys_fchownat(int directory, uaddr_t path, uint32_t uid,
			 uint32_t gid, unsigned flags)
{
	struct owner owner = { uid, gid };

	return with_path(directory, path, flags, act_chown, &owner);
}
SYSCALL(fchownat);

static long sys_chown(uaddr_t path, uint32_t uid, uint32_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}
SYSCALL(chown);

static long sys_lchown(uaddr_t path, uint32_t uid, uint32_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}
SYSCALL(lchown);

static long sys_fchown(int fd, uint32_t uid, uint32_t gid)
{
	struct owner owner = { uid, gid };

	return with_file(fd_get(fd), act_chown, &owner);
}
SYSCALL(fchown);

/* ---- Size ---- */

static long sys_ftruncate(int fd, int64_t size)
{
	struct file *file;
	long result = -EINVAL;

	if (size < 0)
		return -EINVAL;
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	if (file_writable(file) && S_ISREG(file->inode->mode))
		result = inode_truncate(file->inode, (uint64_t)size);
	file_put(file);
	return result;
}
SYSCALL(ftruncate);
