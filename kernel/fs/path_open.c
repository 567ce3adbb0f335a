/*
 * open(2) without descriptors: a file of what a path names, which O_CREAT makes
 * if it is not there.
 */
#include "kernel/abi/fcntl.h"
#include "kernel/fs/path.h"

/* May an existing file be opened with these flags? Returns 0 or -errno. */
static int open_check(const struct inode *inode, unsigned flags)
{
	unsigned access = flags & O_ACCMODE, mask = 0;
	int error;

	if (flags & O_DIRECTORY && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (S_ISLNK(inode->mode) && !(flags & O_PATH))
		return -ELOOP;
	if (flags & O_PATH)
		return 0;
	if (S_ISDIR(inode->mode) &&
	    (access != O_RDONLY || flags & (O_CREAT | O_TRUNC)))
		return -EISDIR;
	if (access != O_WRONLY)
		mask |= MAY_READ;
	if (access != O_RDONLY || flags & O_TRUNC)
		mask |= MAY_WRITE;
	error = inode_permission(inode, mask);
	if (!error && flags & O_NOATIME && !inode_owned(inode))
		error = -EPERM;
	return error;
}

/* Looks the last component up for O_CREAT, and makes the file if need be. */
static struct dentry *open_create(struct walk *walk, unsigned flags,
				  uint32_t mode, bool *created, int *error)
{
	struct inode *directory = walk->at->inode;
	struct dentry *found;

	mutex_lock(&directory->mutex);
	found = walk_last(walk, true, error);
	if (!found && *error == -ENOENT) {
		*error = walk->slash ? -EISDIR
				     : inode_permission(directory,
							MAY_WRITE | MAY_EXEC);
		if (!*error && !directory->ops->create)
			*error = -EACCES;
		if (!*error)
			found = directory->ops->create(walk->at, walk->name,
						       S_IFREG | mode, 0,
						       error);
		*created = found;
	} else if (found && flags & O_EXCL) {
		dentry_put(found);
		found = NULL;
		*error = -EEXIST;
	} else if (found && walk->slash && !S_ISLNK(found->inode->mode)) {
		dentry_put(found);
		found = NULL;
		*error = -EISDIR;
	}
	mutex_unlock(&directory->mutex);
	return found;
}

/* Looks the last component up, or makes it, and follows links. */
static struct dentry *open_resolve(struct walk *walk, unsigned flags,
				   uint32_t mode, bool *created, int *error)
{
	struct dentry *found;

	if (!(flags & O_CREAT))
		return walk_resolve(walk,
				    flags & O_NOFOLLOW ? PATH_NOFOLLOW : 0,
				    error);
	for (;;) {
		found = open_create(walk, flags, mode, created, error);
		if (!found || flags & O_NOFOLLOW ||
		    !S_ISLNK(found->inode->mode))
			return found;
		*error = walk_follow(walk, found);
		dentry_put(found);
		if (*error == 1)
			return dentry_get(walk->at);
		if (*error)
			return NULL;
	}
}

/* Opens what was found or made. */
static struct file *open_found(struct dentry *found, unsigned flags,
			       bool created, int *error)
{
	struct inode *inode = found->inode;
	struct file *file;

	*error = created ? 0 : open_check(inode, flags);
	if (*error)
		return NULL;
	file = file_open(found, inode->file_ops, flags, error);
	if (file && flags & O_TRUNC && !created && S_ISREG(inode->mode) &&
	    inode->ops->truncate)
		*error = inode_truncate(inode, 0);
	if (file && *error) {
		file_put(file);
		file = NULL;
	}
	return file;
}

struct file *path_open(struct dentry *base, const char *path, unsigned flags,
		       uint32_t mode, int *error)
{
	struct file *file = NULL;
	struct dentry *found = NULL;
	struct walk walk;
	bool created = false;

	if (flags & O_PATH) /* which ignores all others (open(2)) */
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	*error = walk_begin(&walk, base, path);
	if (!*error && flags & O_CREAT && flags & O_DIRECTORY)
		*error = -EINVAL;
	if (!*error)
		*error = walk_to_last(&walk);
	if (!*error)
		found = open_resolve(&walk, flags, mode & 07777, &created,
				     error);
	if (found && walk.slash && !S_ISDIR(found->inode->mode))
		*error = -ENOTDIR;
	else if (found)
		file = open_found(found, flags, created, error);
	dentry_put(found);
	walk_end(&walk);
	return file;
}
