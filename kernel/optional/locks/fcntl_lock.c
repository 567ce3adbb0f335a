/*
 * The calls of the part "locks": flock(2), and the lock commands of fcntl(2).
 */
#include "kernel/optional/locks/locks.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/file.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"

static long sys_flock(int fd, int operation)
{
	struct file *file = fd_get(fd);
	struct lock_range range = {
		.whole = true,
		.exclusive = (operation & ~LOCK_NB) == LOCK_EX,
		.owner = file,
		.end = UINT64_MAX,
	};
	long result = -EINVAL;

	if (!file)
		return -EBADF;
	switch (operation & ~LOCK_NB) {
	case LOCK_SH:
	case LOCK_EX:
		result = locks_take(file->inode, &range,
				    !(operation & LOCK_NB));
		break;
	case LOCK_UN:
		result = locks_release(file->inode, &range);
		break;
	}
	file_put(file);
	return result;
}
SYSCALL(flock);

/* The bytes that a struct flock means: 0, -EINVAL, -EOVERFLOW. */
static int get_range(const struct file *file, const struct flock *flock,
		     struct lock_range *range)
{
	int64_t start = 0, end = INT64_MAX;

	if (flock->l_whence == SEEK_CUR)
		start = (int64_t)file->position;
	else if (flock->l_whence == SEEK_END)
		start = (int64_t)file->inode->size;
	else if (flock->l_whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(start, flock->l_start, &start) ||
	    (flock->l_len > 0 &&
	     __builtin_add_overflow(start, flock->l_len - 1, &end)))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	if (flock->l_len < 0) {
		end = start - 1;
		start += flock->l_len;
	}
	if (start < 0)
		return -EINVAL;
	range->start = (uint64_t)start;
	range->end = (uint64_t)end;
	return 0;
}

static long get_lock(struct file *file, const struct lock_range *range,
		     struct flock *flock, uaddr_t to)
{
	struct lock_range other;

	if (!locks_find(file->inode, range, &other)) {
		flock->l_type = F_UNLCK;
	} else {
		flock->l_type = other.exclusive ? F_WRLCK : F_RDLCK;
		flock->l_whence = SEEK_SET;
		flock->l_start = (int64_t)other.start;
		flock->l_len = other.end == INT64_MAX
				       ? 0
				       : (int64_t)(other.end - other.start + 1);
		flock->l_pid = other.pid;
	}
	return copy_to_user(to, flock, sizeof(*flock));
}

static long set_lock(struct file *file, const struct lock_range *range,
		     int type, bool wait)
{
	if (type == F_UNLCK)
		return locks_release(file->inode, range);
	if (type == F_WRLCK ? !file_writable(file) : !file_readable(file))
		return -EBADF;
	return locks_take(file->inode, range, wait);
}

/*
 * Another thread may have closed the descriptor while this one waited. Then
 * nothing would ever drop the lock, so it is released here.
 */
static long check_still_open(int fd, struct file *file,
			     const struct lock_range *range)
{
	struct file *now = fd_get(fd);

	file_put(now);
	if (now == file)
		return 0;
	locks_release(file->inode, range);
	return -EBADF;
}

static long fcntl_lock(const struct fcntl_call *call, bool of_file)
{
	struct file *file = call->file;
	struct flock flock;
	struct lock_range range = {
		.owner = of_file ? (void *)file : current_task()->files,
		.pid = of_file ? -1 : current_process()->pid->number,
	};
	long result;

	if (copy_from_user(&flock, call->argument, sizeof(flock)) < 0)
		return -EFAULT;
	if (of_file && flock.l_pid)
		return -EINVAL;
	if (flock.l_type != F_RDLCK && flock.l_type != F_WRLCK &&
	    flock.l_type != F_UNLCK)
		return -EINVAL;
	range.exclusive = flock.l_type == F_WRLCK;
	result = get_range(file, &flock, &range);
	if (result)
		return result;
	if (call->command == F_GETLK || call->command == F_OFD_GETLK)
		return flock.l_type == F_UNLCK
			       ? -EINVAL
			       : get_lock(file, &range, &flock, call->argument);
	result = set_lock(file, &range, flock.l_type,
			  call->command == F_SETLKW ||
				  call->command == F_OFD_SETLKW);
	if (!result && !of_file && flock.l_type != F_UNLCK)
		result = check_still_open(call->fd, file, &range);
	return result;
}

static void locks_fcntl(const struct fcntl_call *call, long *result)
{
	switch (call->command) {
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		*result = fcntl_lock(call, false);
		break;
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		*result = fcntl_lock(call, true);
		break;
	}
}
HOOK(file_fcntl, locks_fcntl);
