/*
 * System calls on whose a file is and who may use it: access, chmod, chown,
 * umask.
 */
#include "kernel/abi/fcntl.h"
#include "kernel/fs/path.h"
#include "kernel/optional/users/users.h"
#include "kernel/sys/attributes.h"
#include "kernel/sys/table.h"

#define UNCHANGED UINT32_MAX /* a uid or gid that chown(2) leaves alone */

/* ---- access ---- */

struct access {
	unsigned
		mode; /* R_OK, W_OK, X_OK, the same bits as MAY_READ and so on */
	bool effective; /* AT_EACCESS */
};

static long act_access(struct inode *inode, const void *argument)
{
	const struct credentials *me = &current_process()->credentials;
	const struct access *access = argument;

	return access->effective
		       ? permission_of(inode, access->mode, me->euid, me->egid)
		       : permission_of(inode, access->mode, me->uid, me->gid);
}

static long sys_faccessat2(int directory, uaddr_t path, unsigned mode,
			   unsigned flags)
{
	struct access access = { mode, flags & AT_EACCESS };

	if (mode & ~(unsigned)(R_OK | W_OK | X_OK))
		return -EINVAL;
	return with_path(directory, path, flags & ~(unsigned)AT_EACCESS,
			 act_access, &access);
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

/* ---- chmod ---- */

static long act_chmod(struct inode *inode, const void *argument)
{
	uint32_t mode = *(const uint32_t *)argument & 07777;

	if (!inode_owned(inode))
		return -EPERM;
	mutex_lock(&inode->mutex);
	if (!in_group_or_root(inode))
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

static long sys_umask(uint32_t mask)
{
	return (long)atomic_exchange(&current_task()->fs->umask, mask & 0777);
}
SYSCALL(umask);

/* ---- chown ---- */

struct owner {
	uint32_t uid, gid;
};

/* The owner may give the file to a group of his; root may do all. */
static bool may_chown(const struct inode *inode, const struct owner *owner)
{
	uint32_t euid = current_process()->credentials.euid;

	return !euid || (euid == inode->uid && owner->uid == inode->uid &&
			 (owner->gid == inode->gid || in_group(owner->gid)));
}

/* A new owner's program does not run as its old one, not even where root gives
 * it away; without S_IXGRP the other bit means something else, and stays. */
static void set_owner(struct inode *inode, const struct owner *owner)
{
	if (!S_ISDIR(inode->mode)) {
		inode->mode &= ~(uint32_t)S_ISUID;
		if (inode->mode & S_IXGRP || !in_group_or_root(inode))
			inode->mode &= ~(uint32_t)S_ISGID;
	}
	inode->uid = owner->uid;
	inode->gid = owner->gid;
	inode->ctime_ns = inode_now();
}

static long act_chown(struct inode *inode, const void *argument)
{
	struct owner owner = *(const struct owner *)argument;
	long result = -EPERM;

	mutex_lock(&inode->mutex);
	if (owner.uid == UNCHANGED)
		owner.uid = inode->uid;
	if (owner.gid == UNCHANGED)
		owner.gid = inode->gid;
	if (may_chown(inode, &owner)) {
		set_owner(inode, &owner);
		result = 0;
	}
	mutex_unlock(&inode->mutex);
	return result;
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
