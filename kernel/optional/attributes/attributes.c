/*
 * The part "attributes": what programs ask of files beside reading, writing
 * and naming them. Times and sizes that are set, space that is reserved, facts
 * about a filesystem, the size of a pipe (pipe_size.c), descriptors by the range,
 * that a program which runs is not written to (busy.c), and /dev/full (full.c).
 *
 * Without it utimensat, truncate, ftruncate, fallocate, statfs, fstatfs, fchdir,
 * dup3, close_range and the fsync family answer -ENOSYS; FIOCLEX, FIONBIO and
 * FIONREAD of a file -ENOTTY; F_SETPIPE_SZ, F_GETPIPE_SZ, SEEK_DATA and SEEK_HOLE
 * -EINVAL; and nothing answers -ETXTBSY. `touch`, `cp -p`, `tar`, `df`, linkers
 * and databases miss it. It needs no other part.
 */
#include "kernel/abi/fcntl.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/statfs.h"
#include "kernel/abi/termios.h"
#include "kernel/abi/time.h"
#include "kernel/fs/path.h"
#include "kernel/fs/ramfs.h"
#include "kernel/fs/ramfs_file.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/task.h"
#include "kernel/sys/attributes.h"
#include "kernel/sys/table.h"
#include "kernel/sys/user_path.h"

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

static long act_truncate(struct inode *inode, const void *argument)
{
	long error = inode_permission(inode, MAY_WRITE);

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (error || !S_ISREG(inode->mode))
		return error ? error : -EINVAL;
	return inode_truncate(inode, *(const uint64_t *)argument);
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
		result = inode_truncate(file->inode, (uint64_t)size);
	file_put(file);
	return result;
}
SYSCALL(ftruncate);

/* Fills the holes in [offset, end), as far as memory goes. The inode's mutex is
 * held. */
static long fill_holes(struct inode *inode, uint64_t offset, uint64_t end)
{
	uint64_t number = offset >> PAGE_SHIFT;
	long error = 0;

	for (; number << PAGE_SHIFT < end && !error; number++) {
		paddr_t frame = ramfs_page(inode, number);

		error = task_interrupted() ? -EINTR : frame ? 0 : -ENOSPC;
		frame_put(frame);
		sched_point();
	}
	if (error) /* nothing is kept beyond the end of the file */
		ramfs_cut(inode, inode->size);
	return error;
}

static long allocate(struct inode *inode, uint64_t offset, uint64_t end,
		     bool keep_size)
{
	long error = 0;

	mutex_lock(&inode->mutex);
	if (end > inode->size && !keep_size && file_limit_write(end - 1, 1) < 0)
		error = -EFBIG;
	if (!error)
		error = fill_holes(inode, offset, end);
	if (!error && end > inode->size && !keep_size) {
		WRITE_ONCE(inode->size, end);
		inode_touch(inode);
	}
	if (!error)
		inode_will_change(inode);
	mutex_unlock(&inode->mutex);
	return error;
}

static long sys_fallocate(int fd, int mode, int64_t offset, int64_t length)
{
	struct file *file;
	int64_t end;
	long result;

	if (offset < 0 || length <= 0)
		return -EINVAL;
	if (mode & ~FALLOC_FL_KEEP_SIZE)
		return -EOPNOTSUPP;
	file = fd_get(fd);
	if (!file || !file_writable(file))
		result = -EBADF;
	else if (S_ISFIFO(file->inode->mode))
		result = -ESPIPE;
	else if (file->ops != &ramfs_file_ops)
		result = -ENODEV;
	else if (__builtin_add_overflow(offset, length, &end))
		result = -EFBIG;
	else
		result = allocate(file->inode, (uint64_t)offset, (uint64_t)end,
				  mode & FALLOC_FL_KEEP_SIZE);
	file_put(file);
	return result;
}
SYSCALL(fallocate);

/* lseek(2) to data or to a hole. As the manual page allows, the whole file counts
 * as data, and the only hole is at its end. */
static void seek_data(struct file *file, int64_t to, int whence,
		      int64_t *result)
{
	int64_t size = (int64_t)READ_ONCE(file->inode->size);

	if ((whence != SEEK_DATA && whence != SEEK_HOLE) ||
	    file->ops != &ramfs_file_ops)
		return;
	*result = -ENXIO;
	if (to < 0 || to >= size)
		return;
	*result = whence == SEEK_DATA ? to : size;
	file->position = (uint64_t)*result;
}
HOOK(file_seek, seek_data);

/* ---- File systems ---- */

/* Counts the names in the filesystem in memory: near enough to its files. */
static int64_t count_names(void)
{
	struct dentry *directory = root_dentry;
	struct list_node *next;
	int64_t count = 1;

	spin_lock(&tree_lock);
	next = directory->children.next;
	while (next != &root_dentry->children) {
		if (next == &directory->children) { /* behind its last name */
			next = directory->sibling.next;
			directory = directory->parent;
		} else {
			directory = list_entry(next, struct dentry, sibling);
			next = directory->children.next;
			count += directory->inode->device == DEVICE_ROOT;
		}
	}
	spin_unlock(&tree_lock);
	return count;
}

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
		/* a new file needs no more than a page of memory */
		statfs.f_ffree = statfs.f_bfree;
		statfs.f_files = statfs.f_ffree + count_names();
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
	return with_file(fd_get(fd), act_statfs, &to);
}
SYSCALL(fstatfs);

/* ---- Descriptors ---- */

static long sys_dup3(int from, int to, unsigned flags)
{
	if (from == to || flags & ~(unsigned)O_CLOEXEC)
		return -EINVAL;
	return fd_duplicate_to(from, to, flags & O_CLOEXEC);
}
SYSCALL(dup3);

static long sys_fchdir(int fd)
{
	struct file *file = fd_get(fd);
	long result = -ENOTDIR;

	if (!file)
		return -EBADF;
	if (S_ISDIR(file->inode->mode))
		result = user_path_enter(file->dentry);
	file_put(file);
	return result;
}
SYSCALL(fchdir);

/* ioctl(2) on any file: close-on-exec, O_NONBLOCK, and what is left to read. */
static void attributes_ioctl(const struct fcntl_call *call, long *result)
{
	struct file *file = call->file;
	uint32_t value;

	switch (call->command) {
	case FIOCLEX:
	case FIONCLEX:
		*result = fd_set_flags(call->fd, call->command == FIOCLEX);
		break;
	case FIONBIO:
		*result = get_user32(&value, call->argument);
		if (!*result && value)
			atomic_fetch_or(&file->flags, O_NONBLOCK);
		else if (!*result)
			atomic_fetch_and(&file->flags, ~(unsigned)O_NONBLOCK);
		break;
	case FIONREAD:
		if (S_ISREG(file->inode->mode))
			*result = put_user32(call->argument,
					     (uint32_t)(file->inode->size -
							file->position));
	}
}
HOOK(file_ioctl, attributes_ioctl);

static long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	struct files *files = current_task()->files;

	if (first > last || flags & ~(unsigned)CLOSE_RANGE_CLOEXEC)
		return -EINVAL;
	for (unsigned fd = first; fd <= last && fd < READ_ONCE(files->capacity);
	     fd++) {
		if (flags & CLOSE_RANGE_CLOEXEC)
			fd_set_flags((int)fd, true);
		else
			fd_close((int)fd);
	}
	return 0;
}
SYSCALL(close_range);

/* ---- Storing: all is in memory, so there is nothing to do ---- */

static long sys_fsync(int fd)
{
	struct file *file = fd_get(fd);
	bool stored = file && (S_ISREG(file->inode->mode) ||
			       S_ISDIR(file->inode->mode));

	file_put(file);
	return !file ? -EBADF : stored ? 0 : -EINVAL;
}
SYSCALL(fsync);
SYSCALL_AS(fdatasync, fsync);

static long sys_sync(void)
{
	return 0;
}
SYSCALL(sync);
