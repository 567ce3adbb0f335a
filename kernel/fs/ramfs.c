/*
 * The filesystem in memory: its directories, symbolic links and device nodes.
 * The content of regular files is in kernel/fs/ramfs_file.c.
 */
#include "kernel/fs/ramfs.h"

#include "kernel/abi/limits.h"
#include "kernel/fs/devfs.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/ramfs_file.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"

static struct dentry *ramfs_lookup(struct dentry *directory, const char *name,
				   int *error)
{
	struct dentry *found = dentry_find(directory, name);

	if (!found)
		*error = -ENOENT;
	return found;
}

struct dentry *ramfs_add_name(struct dentry *directory, const char *name,
			      struct inode *inode)
{
	struct dentry *dentry = dentry_new(directory, name, inode);

	if (!dentry)
		return NULL;
	dentry_add(dentry);
	inode_touch(directory->inode);
	if (S_ISDIR(inode->mode))
		directory->inode->links++;
	return dentry;
}

static const struct inode_ops ramfs_ops;
static const struct file_ops ramfs_directory_ops;

/* What an open file of this type can do; NULL if it cannot be opened. */
static const struct file_ops *ops_for(uint32_t mode, uint64_t device)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return &ramfs_file_ops;
	case S_IFDIR:
		return &ramfs_directory_ops;
	case S_IFIFO:
		return fifo_file_ops;
	case S_IFCHR:
		return devfs_file_ops(device);
	default:
		return NULL;
	}
}

struct inode *ramfs_inode_new(uint64_t device, uint32_t mode, uint64_t rdev)
{
	struct inode *inode = inode_new(sizeof(struct ramfs_inode), device,
					mode, &ramfs_ops, ops_for(mode, rdev));

	if (!inode)
		return NULL;
	inode->rdev = rdev;
	ramfs_inode(inode)->lock = SPINLOCK_INIT(RANK_INODE);
	if (S_ISDIR(mode))
		inode->links = 2;
	return inode;
}

/* Makes a file and its name: the operation `create` of directories. */
static struct dentry *ramfs_create(struct dentry *directory, const char *name,
				   const struct new_inode *what, int *error)
{
	struct dentry *dentry = NULL;
	struct inode *inode;

	*error = -ENOENT;
	if (directory->unlinked)
		return NULL;
	*error = -ENOSPC;
	inode = ramfs_inode_new(directory->inode->device, what->mode,
				what->device);
	if (!inode)
		return NULL;
	if (inode_hooks.init_owner)
		inode_hooks.init_owner(inode, directory->inode);
	if (what->target) {
		inode->size = strlen(what->target);
		ramfs_inode(inode)->target = kstrdup(what->target);
	}
	if (what->target && !ramfs_inode(inode)->target)
		inode_put(inode);
	else
		dentry = ramfs_add_name(directory, name, inode);
	if (dentry)
		*error = 0;
	return dentry;
}

void ramfs_remove_name(struct dentry *directory, struct dentry *victim)
{
	struct inode *inode = victim->inode;

	if (S_ISDIR(inode->mode)) {
		inode->links = 0;
		directory->inode->links--;
	} else {
		atomic_fetch_sub(&inode->links, 1);
	}
	inode_touch(directory->inode);
	inode->ctime_ns = directory->inode->ctime_ns;
	dentry_remove(victim);
}

/* Takes a name out. A directory that it names must be empty. */
static int ramfs_remove(struct dentry *directory, struct dentry *victim)
{
	int error = 0;

	/* so that no name is made in it meanwhile */
	mutex_lock(&victim->inode->mutex);
	if (!list_empty(&victim->children))
		error = -ENOTEMPTY;
	else
		ramfs_remove_name(directory, victim);
	mutex_unlock(&victim->inode->mutex);
	return error;
}

static long ramfs_readlink(struct inode *inode, char *buffer, size_t size)
{
	size_t length = MIN(size, (size_t)inode->size);

	memcpy(buffer, ramfs_inode(inode)->target, length);
	return (long)length;
}

static void ramfs_release(struct inode *inode)
{
	if (S_ISLNK(inode->mode))
		kfree(ramfs_inode(inode)->target);
	else if (S_ISREG(inode->mode))
		ramfs_drop_pages(inode);
}

/* Tells the names from *position on, in the order in which they were made. */
static int ramfs_readdir(struct file *file, readdir_emit *emit, void *context,
			 uint64_t *position)
{
	struct dentry *child;

	list_for_each_entry (child, &file->dentry->children, sibling) {
		if (child->cookie < *position)
			continue;
		*position = child->cookie;
		if (!emit(context, child->name, child->inode->number,
			  child->inode->mode))
			return 0;
		*position = child->cookie + 1;
	}
	return 0;
}

static const struct inode_ops ramfs_ops = {
	.lookup = ramfs_lookup,
	.create = ramfs_create,
	.remove = ramfs_remove,
	.readlink = ramfs_readlink,
	.truncate = ramfs_truncate,
	.release = ramfs_release,
};

static const struct file_ops ramfs_directory_ops = {
	.readdir = ramfs_readdir,
	.seek = file_seek_sized,
};

struct dentry *ramfs_new(uint64_t device)
{
	struct inode *inode = ramfs_inode_new(device, S_IFDIR | 0755, 0);

	return inode ? dentry_new(NULL, "/", inode) : NULL;
}
