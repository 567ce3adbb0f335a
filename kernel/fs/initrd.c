/*
 * Unpacks an archive over the root. The content of files stays in the archive
 * and is copied page by page when it is needed.
 */
#include "kernel/fs/initrd.h"

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

/* Makes what the entry describes; a file that is there is replaced. Returns a
 * dentry with a reference, or NULL and *error. */
static struct dentry *initrd_make(const struct cpio_entry *entry,
				  const char *target, int *error)
{
	struct new_inode what = { entry->mode,
				  makedev(entry->rdev_major, entry->rdev_minor),
				  target };
	struct dentry *made = name_create(NULL, entry->name, &what, error);

	if (*error != -EEXIST)
		return made;
	if (S_ISDIR(entry->mode))
		return path_lookup(NULL, entry->name, 0, error);
	*error = name_remove(NULL, entry->name, false);
	return *error ? NULL : name_create(NULL, entry->name, &what, error);
}

/* Makes one file of the archive with its content and attributes. Returns 0 or
 * -errno. */
static int initrd_unpack_entry(const struct cpio_entry *entry)
{
	char target[PATH_MAX / 8] = "";
	bool is_link = S_ISLNK(entry->mode);
	struct dentry *made;
	int error;

	if (is_link) {
		if (!entry->size || entry->size >= sizeof(target))
			return -EINVAL;
		memcpy(target, entry->data, entry->size);
	}
	made = initrd_make(entry, is_link ? target : NULL, &error);
	if (!made)
		return error;
	if (S_ISREG(entry->mode))
		ramfs_set_content(made->inode, entry->data, entry->size);
	initrd_set_attributes(made->inode, entry);
	dentry_put(made);
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
