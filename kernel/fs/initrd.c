/*
 * Unpacks an archive over the root. The content of files stays in the archive
 * and is copied page by page when it is needed.
 */
#include "kernel/fs/initrd.h"

#include "kernel/abi/fcntl.h"
#include "kernel/abi/limits.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/ramfs.h"
#include "kernel/lib/string.h"

/* Sets permissions, owner and time from the archive. */
static void initrd_set_attributes(struct inode *inode,
				  const struct cpio_entry *entry)
{
	inode->mode = (inode->mode & S_IFMT) | (entry->mode & ~S_IFMT & 07777);
	inode->uid = entry->uid;
	inode->gid = entry->gid;
	inode->mtime_ns = entry->mtime * 1000000000l;
}

static int initrd_unpack_link(const struct cpio_entry *entry)
{
	char target[PATH_MAX / 8];

	if (entry->size >= sizeof(target) ||
	    memchr(entry->data, 0, entry->size))
		return -EINVAL;
	memcpy(target, entry->data, entry->size);
	target[entry->size] = '\0';
	return name_symlink(target, NULL, entry->name);
}

/* Makes what the entry describes. */
static int initrd_make_node(const struct cpio_entry *entry)
{
	switch (entry->mode & S_IFMT) {
	case S_IFLNK:
		return initrd_unpack_link(entry);
	case S_IFREG:
	case S_IFDIR:
	case S_IFCHR:
	case S_IFIFO:
		return name_create(NULL, entry->name, entry->mode,
				   makedev(entry->rdev_major,
					   entry->rdev_minor));
	default:
		return -EINVAL;
	}
}

/* The same where the name exists already: a file is replaced. */
static int replace_node(const struct cpio_entry *entry)
{
	int error = name_unlink(NULL, entry->name);

	if (error == -EISDIR && S_ISDIR(entry->mode))
		return 0;
	return error ? error : initrd_make_node(entry);
}

static int initrd_unpack_entry(const struct cpio_entry *entry)
{
	int error = initrd_make_node(entry);
	struct dentry *dentry;

	if (error == -EEXIST)
		error = replace_node(entry);
	if (error)
		return error;
	dentry = path_lookup(NULL, entry->name, PATH_NOFOLLOW, &error);
	if (!dentry)
		return error;
	if (S_ISREG(entry->mode)) {
		mutex_lock(&dentry->inode->mutex);
		ramfs_set_content(dentry->inode, entry->data, entry->size);
		mutex_unlock(&dentry->inode->mutex);
	}
	initrd_set_attributes(dentry->inode, entry);
	dentry_put(dentry);
	return 0;
}

int initrd_unpack(const void *archive, size_t size)
{
	struct cpio_entry entry;
	size_t offset = 0;
	int result;

	while ((result = cpio_next(archive, size, &offset, &entry)) == 1) {
		int error = initrd_unpack_entry(&entry);

		if (error) {
			kprintf("initrd: /%s: error %d\n", entry.name, -error);
			return error;
		}
	}
	if (result)
		kprintf("initrd: no cpio entry at byte %zu of %zu\n", offset,
			size);
	return result;
}
