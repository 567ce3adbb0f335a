/*
 * Open files: how they are made of a dentry, and how they end. The tables of
 * descriptors are in kernel/fs/files.c.
 */
#include "kernel/fs/file.h"

#include "kernel/abi/fcntl.h"
#include "kernel/abi/signal.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/space.h"
#include "kernel/sched/task.h"

struct file_hooks file_hooks;

/* A file opened with O_PATH can do nothing. */
static const struct file_ops path_only_ops;

int file_deny_write(struct file *file)
{
	return inode_count_writers(file->inode, -1) ? 0 : -ETXTBSY;
}

void file_allow_write(struct file *file)
{
	atomic_fetch_add(&file->inode->writers, 1);
}

static bool counts_as_writer(const struct file *file)
{
	return file_writable(file) && S_ISREG(file->inode->mode);
}

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
	file->ops = flags & O_PATH ? &path_only_ops : ops;
	mutex_init(&file->mutex);
	list_init(&file->watchers);

	*error = 0;
	if (counts_as_writer(file) && !inode_count_writers(file->inode, 1))
		*error = -ETXTBSY;
	else if (!file->ops)
		*error = -ENXIO;
	else if (file->ops->open)
		*error = file->ops->open(file);
	if (!*error) {
		file->flags &= FILE_FLAGS;
		return file;
	}
	if (counts_as_writer(file) && *error != -ETXTBSY)
		atomic_fetch_sub(&file->inode->writers, 1);
	file_free(file);
	return NULL;
}

static const struct inode_ops nameless_inode_ops;

struct file *file_open_nameless(const char *name, const struct file_ops *ops,
				unsigned flags, void *data, int *error)
{
	/* without operations of the inode's own: it cannot be opened again by
	 * way of /proc/PID/fd (-ENXIO) */
	struct inode *inode = inode_new(sizeof(*inode), DEVICE_NAMELESS, 0600,
					&nameless_inode_ops, NULL);
	struct dentry *dentry = inode ? dentry_new(NULL, name, inode) : NULL;
	struct file *file;

	*error = -ENFILE;
	if (!dentry)
		return NULL;
	file = file_open(dentry, ops, flags, error);
	if (file)
		file->data = data;
	dentry_put(dentry);
	return file;
}

/* The last reference is gone. */
static void file_end(struct file *file)
{
	HOOK_CALL(file_closed, file);
	if (file->ops->release)
		file->ops->release(file);
	if (counts_as_writer(file))
		atomic_fetch_sub(&file->inode->writers, 1);
	file_free(file);
}

void file_put(struct file *file)
{
	if (file && atomic_fetch_sub(&file->refs, 1) == 1)
		file_end(file);
}

long file_seek_sized(struct file *file, int64_t offset, int whence)
{
	int64_t size = (int64_t)file->inode->size, base;

	switch (whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = (int64_t)file->position;
		break;
	case SEEK_END:
		base = size;
		break;
	case SEEK_DATA: /* the whole file counts as data (lseek(2)) */
	case SEEK_HOLE:
		if (offset < 0 || offset >= size)
			return -ENXIO;
		return (long)(file->position = (uint64_t)(whence == SEEK_DATA
								  ? offset
								  : size));
	default:
		return -EINVAL;
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
		file_hooks.signal_self(SIGXFSZ);
	return -EFBIG;
}

long file_seek_nowhere(struct file *file, int64_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return 0;
}

void file_map_open(struct area *area)
{
	file_get(area->object);
}

void file_map_close(struct area *area)
{
	file_put(area->object);
}

const char *file_map_name(struct area *area, char *buffer, size_t size)
{
	struct file *file = area->object;

	return path_of(file->dentry, buffer, size);
}

void file_map_identity(struct area *area, uint64_t *device, uint64_t *inode)
{
	struct file *file = area->object;

	*device = file->inode->device;
	*inode = file->inode->number;
}
