/*
 * Open files: how they are made of a dentry, and how they end. The tables of
 * descriptors are in kernel/fs/files.c.
 */
#include "kernel/fs/file.h"

#include "kernel/abi/fcntl.h"
#include "kernel/abi/signal.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/sched/task.h"

void (*file_signal_self)(int signo);

/* Frees a file whose ops->release() was called, or whose open failed. */
static void file_free(struct file *file)
{
	inode_put(file->inode);
	dentry_put(file->dentry);
	kfree(file);
}

struct file *file_open(struct dentry *dentry, const struct file_ops *ops,
		       unsigned flags, int *error)
{
	struct file *file = kzalloc(sizeof(*file));

	*error = -ENFILE;
	if (!file)
		return NULL;
	file->refs = 1;
	file->flags = flags; /* with those that only ops->open() needs */
	file->dentry = dentry_get(dentry);
	file->inode = inode_get(dentry->inode);
	file->ops = ops;
	mutex_init(&file->mutex);
	list_init(&file->watchers);

	*error = ops ? 0 : -ENXIO;
	if (ops && ops->open)
		*error = ops->open(file);
	if (*error) {
		file_free(file);
		return NULL;
	}
	file->flags &= FILE_FLAGS;
	return file;
}

/* The last reference is gone. */
static void file_end(struct file *file)
{
	HOOK_CALL(file_closed, file);
	if (file->ops->release)
		file->ops->release(file);
	file_free(file);
}

void file_put(struct file *file)
{
	if (file && atomic_fetch_sub(&file->refs, 1) == 1)
		file_end(file);
}

long file_seek_sized(struct file *file, int64_t offset, int whence)
{
	int64_t base = -EINVAL;

	switch (whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = (int64_t)file->position;
		break;
	case SEEK_END:
		base = (int64_t)file->inode->size;
		break;
	default:
		HOOK_CALL(file_seek, file, offset, whence, &base);
		return base;
	}
	if (__builtin_add_overflow(base, offset, &base))
		return -EOVERFLOW;
	if (base < 0)
		return -EINVAL;
	file->position = (uint64_t)base;
	return base;
}

long file_limit_write(uint64_t position, size_t size)
{
	uint64_t limit = current_task()->files->size_limit;
	uint64_t end = MIN(limit, (uint64_t)INT64_MAX);

	if (likely(position < end))
		return (long)MIN(size, end - position);
	if (position >= limit)
		file_signal_self(SIGXFSZ);
	return -EFBIG;
}
