/*
 * Inodes: how they are made, changed and freed. The content of a file is the
 * business of its filesystem.
 */
#include "kernel/fs/inode.h"

#include "kernel/abi/time.h"
#include "kernel/fs/file.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/time/timekeeper.h"

int64_t inode_now(void)
{
	struct timespec now;

	ktime_get(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

struct inode_hooks inode_hooks;

struct inode *inode_new(size_t size, uint64_t device, uint32_t mode,
			const struct inode_ops *ops,
			const struct file_ops *file_ops)
{
	static uint64_t last_number;
	struct inode *inode = kzalloc(size);

	if (!inode)
		return NULL;
	inode->number = atomic_fetch_add(&last_number, 1) + 1;
	inode->device = device;
	inode->mode = mode;
	inode->links = 1;
	inode->refs = 1;
	inode->ops = ops;
	inode->file_ops = file_ops;
	inode->mtime_ns = inode_now();
	inode->atime_ns = inode->ctime_ns = inode->mtime_ns;
	if (inode_hooks.init_owner)
		inode_hooks.init_owner(inode, NULL);
	mutex_init(&inode->mutex);
	list_init(&inode->locks);
	return inode;
}

struct inode *inode_get(struct inode *inode)
{
	atomic_fetch_add(&inode->refs, 1);
	return inode;
}

void inode_put(struct inode *inode)
{
	if (atomic_fetch_sub(&inode->refs, 1) != 1)
		return;
	if (inode->ops->release)
		inode->ops->release(inode);
	kfree(inode);
}

int inode_truncate(struct inode *inode, uint64_t size)
{
	int error = inode->ops->truncate ? 0 : -EINVAL;

	HOOK_CALL(file_resizes, inode, &error);
	mutex_lock(&inode->mutex);
	if (!error && size > inode->size && file_limit_write(size - 1, 1) < 0)
		error = -EFBIG;
	if (!error)
		error = inode->ops->truncate(inode, size);
	if (!error)
		inode_will_change(inode);
	mutex_unlock(&inode->mutex);
	return error;
}

void inode_touch(struct inode *inode)
{
	inode->mtime_ns = inode->ctime_ns = inode_now();
}

void inode_stat(struct inode *inode, struct stat *stat)
{
	*stat = (struct stat){
		.st_dev = inode->device,
		.st_ino = inode->number,
		.st_nlink = inode->links,
		.st_mode = inode->mode,
		.st_uid = inode->uid,
		.st_gid = inode->gid,
		.st_rdev = inode->rdev,
		.st_size = (int64_t)inode->size,
		.st_blksize = PAGE_SIZE,
		.st_blocks = (int64_t)inode->page_count * (PAGE_SIZE / 512),
		.st_atime = (uint64_t)(inode->atime_ns / 1000000000),
		.st_atime_nsec = (uint64_t)(inode->atime_ns % 1000000000),
		.st_mtime = (uint64_t)(inode->mtime_ns / 1000000000),
		.st_mtime_nsec = (uint64_t)(inode->mtime_ns % 1000000000),
		.st_ctime = (uint64_t)(inode->ctime_ns / 1000000000),
		.st_ctime_nsec = (uint64_t)(inode->ctime_ns % 1000000000),
	};
}

bool inode_owned(const struct inode *inode)
{
	return !inode_hooks.owned || inode_hooks.owned(inode);
}

int inode_root_permission(const struct inode *inode, unsigned mask)
{
	bool runs = S_ISDIR(inode->mode) ||
		    inode->mode & (S_IXUSR | S_IXGRP | S_IXOTH);

	return mask & MAY_EXEC && !runs ? -EACCES : 0;
}

int inode_permission(const struct inode *inode, unsigned mask)
{
	return inode_hooks.permission ? inode_hooks.permission(inode, mask)
				      : inode_root_permission(inode, mask);
}
