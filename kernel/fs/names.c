/*
 * Making and removing names. The rules that hold for every filesystem are here;
 * the change itself is the directory's operation.
 */
#include "kernel/fs/names.h"

#include "kernel/fs/path.h"
#include "kernel/lib/string.h"

bool name_is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int name_walk(struct walk *walk, struct dentry *base, const char *path)
{
	int error = walk_begin(walk, base, path);

	if (!error)
		error = walk_to_last(walk);
	if (error)
		walk_end(walk);
	return error;
}

int name_may_create(struct walk *walk, bool directory)
{
	struct inode *parent = walk->at->inode;
	struct dentry *found;
	int error;

	mutex_lock(&parent->mutex);
	found = walk_last(walk, true, &error);
	if (found) {
		dentry_put(found);
		return -EEXIST;
	}
	if (error != -ENOENT)
		return error;
	if (walk->slash && !directory)
		return -ENOENT;
	if (!parent->ops->create)
		return -EPERM;
	return inode_permission(parent, MAY_WRITE | MAY_EXEC);
}

void name_finish(struct walk *walk)
{
	mutex_unlock(&walk->at->inode->mutex);
	walk_end(walk);
}

int name_create(struct dentry *base, const char *path, uint32_t mode,
		uint64_t device)
{
	struct dentry *made;
	struct walk walk;
	int error = name_walk(&walk, base, path);

	if (error)
		return error;
	error = name_may_create(&walk, S_ISDIR(mode));
	if (!error) {
		made = walk.at->inode->ops->create(walk.at, walk.name, mode,
						   device, &error);
		dentry_put(made);
	}
	name_finish(&walk);
	return error;
}

int name_symlink(const char *target, struct dentry *base, const char *path)
{
	struct walk walk;
	int error = *target ? name_walk(&walk, base, path) : -ENOENT;

	if (error)
		return error;
	error = name_may_create(&walk, false);
	if (!error)
		error = walk.at->inode->ops->symlink(walk.at, walk.name,
						     target);
	name_finish(&walk);
	return error;
}

int name_may_delete(const struct inode *parent, const struct dentry *victim)
{
	int error = inode_permission(parent, MAY_WRITE | MAY_EXEC);

	if (error)
		return error;
	if (parent->mode & S_ISVTX && !inode_owned(parent) &&
	    !inode_owned(victim->inode))
		return -EPERM;
	/* the root of another filesystem, /proc, stays */
	return victim->inode->device == parent->device ? 0 : -EBUSY;
}

int name_unlink(struct dentry *base, const char *path)
{
	struct dentry *victim;
	struct walk walk;
	int error = name_walk(&walk, base, path);

	if (error)
		return error;
	mutex_lock(&walk.at->inode->mutex);
	victim = walk_last(&walk, true, &error);
	if (victim) {
		if (!walk.name[0] || name_is_dots(walk.name) ||
		    S_ISDIR(victim->inode->mode))
			error = -EISDIR;
		else if (walk.slash)
			error = -ENOTDIR;
		else if (!walk.at->inode->ops->unlink)
			error = -EPERM;
		else
			error = name_may_delete(walk.at->inode, victim);
		if (!error)
			error = walk.at->inode->ops->unlink(walk.at, victim);
	}
	name_finish(&walk);
	dentry_put(victim);
	return error;
}

int name_rmdir(struct dentry *base, const char *path)
{
	struct dentry *victim = NULL;
	struct walk walk;
	int error = name_walk(&walk, base, path);

	if (error)
		return error;
	mutex_lock(&walk.at->inode->mutex);
	if (!walk.name[0])
		error = -EBUSY;
	else if (strcmp(walk.name, ".") == 0)
		error = -EINVAL;
	else if (strcmp(walk.name, "..") == 0)
		error = -ENOTEMPTY;
	else
		victim = walk_last(&walk, true, &error);
	if (victim) {
		error = name_may_delete(walk.at->inode, victim);
		if (!S_ISDIR(victim->inode->mode))
			error = -ENOTDIR;
		else if (!error && !walk.at->inode->ops->rmdir)
			error = -EPERM;
		if (!error)
			error = walk.at->inode->ops->rmdir(walk.at, victim);
	}
	name_finish(&walk);
	dentry_put(victim);
	return error;
}
