/*
 * System calls on what a file is: type, rights, owner, times, size.
 */
#include "kernel/abi/fcntl.h"
#include "kernel/abi/statfs.h"
#include "kernel/abi/time.h"
#include "kernel/fs/ramfs.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/table.h"
#include "kernel/sys/user_path.h"

#define PATH_FLAGS (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)
#define UNCHANGED  UINT32_MAX /* a uid or gid that chown(2) leaves alone */

/* Does something to the inode that a path names, or a descriptor. */
static long with_path(int directory, uaddr_t path, unsigned flags,
		      long (*act)(struct inode *inode, const void *argument),
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

static long with_file(struct file *file,
		      long (*act)(struct inode *inode, const void *argument),
		      const void *argument)
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
	if (!inode_owned(inode))
		return -EPERM;
	mutex_lock(&inode->mutex);
	inode->mode = (inode->mode & S_IFMT) |
		      (*(const uint32_t *)argument & 07777);
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
		inode->uid = owner.uid;
		inode->gid = owner.gid;
		if (!S_ISDIR(inode->mode))
			inode->mode &= ~(uint32_t)(S_ISUID | S_ISGID);
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

/* ---- Times ---- */

struct new_times {
	struct timespec time[2]; /* access, modification */
	bool now;                /* both are UTIME_NOW */
};

static void set_time(int64_t *time_ns, const struct timespec *time)
{
	if (time->tv_nsec == UTIME_NOW)
		*time_ns = inode_now();
	else if (time->tv_nsec != UTIME_OMIT)
		*time_ns = time->tv_sec * 1000000000 + time->tv_nsec;
}

static long act_times(struct inode *inode, const void *argument)
{
	const struct new_times *times = argument;

	if (!inode_owned(inode)) {
		if (!times->now)
			return -EPERM;
		if (inode_permission(inode, MAY_WRITE))
			return -EACCES;
	}
	mutex_lock(&inode->mutex);
	set_time(&inode->atime_ns, &times->time[0]);
	set_time(&inode->mtime_ns, &times->time[1]);
	inode->ctime_ns = inode_now();
	mutex_unlock(&inode->mutex);
	return 0;
}

static bool time_ok(const struct timespec *time)
{
	return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT ||
	       (time->tv_nsec >= 0 && time->tv_nsec < 1000000000 &&
		time->tv_sec > INT64_MIN / 1000000000 &&
		time->tv_sec < INT64_MAX / 1000000000);
}

static long sys_utimensat(int directory, uaddr_t path, uaddr_t address,
			  unsigned flags)
{
	struct new_times times = { .now = true };

	times.time[0].tv_nsec = times.time[1].tv_nsec = UTIME_NOW;
	if (address) {
		if (copy_from_user(times.time, address, sizeof(times.time)))
			return -EFAULT;
		times.now = times.time[0].tv_nsec == UTIME_NOW &&
			    times.time[1].tv_nsec == UTIME_NOW;
	}
	if (!time_ok(&times.time[0]) || !time_ok(&times.time[1]))
		return -EINVAL;
	if (!path) /* Linux's own form, futimens(3) */
		return flags ? -EINVAL
			     : with_file(fd_get(directory), act_times, &times);
	return with_path(directory, path, flags, act_times, &times);
}
SYSCALL(utimensat);

/* ---- Size ---- */

/* A regular file's; who calls has checked that it may be written. */
static long set_size(struct inode *inode, int64_t size)
{
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	return S_ISREG(inode->mode) ? inode_truncate(inode, (uint64_t)size)
				    : -EINVAL;
}

static long act_truncate(struct inode *inode, const void *argument)
{
	long error = inode_permission(inode, MAY_WRITE);

	return error ? error : set_size(inode, *(const int64_t *)argument);
}

static long sys_truncate(uaddr_t path, int64_t size)
{
	if (size < 0)
		return -EINVAL;
	return with_path(AT_FDCWD, path, 0, act_truncate, &size);
}
SYSCALL(truncate);

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
		result = set_size(file->inode, size);
	file_put(file);
	return result;
}
SYSCALL(ftruncate);

/* ---- File systems ---- */

static long act_statfs(struct inode *inode, const void *argument)
{
	struct statfs statfs = {
		.f_type = inode->device == DEVICE_PROC   ? PROC_SUPER_MAGIC
			  : inode->device == DEVICE_ROOT ? RAMFS_MAGIC
							 : PIPEFS_MAGIC,
		.f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE,
		.f_namelen = NAME_MAX,
	};

	if (inode->device == DEVICE_ROOT) {
		size_t free = frame_count_free();

		statfs.f_blocks = (int64_t)frame_count_total();
		statfs.f_bfree = (int64_t)(free - MIN(free, ramfs_reserve()));
		statfs.f_bavail = statfs.f_bfree;
	}
	return copy_to_user(*(const uaddr_t *)argument, &statfs,
			    sizeof(statfs));
}

static long sys_statfs(uaddr_t path, uaddr_t to)
{
	return with_path(AT_FDCWD, path, 0, act_statfs, &to);
}
SYSCALL(statfs);

static long sys_fstatfs(int fd, uaddr_t to)
{
	return with_file(fd_get_any(fd), act_statfs, &to);
}
SYSCALL(fstatfs);
