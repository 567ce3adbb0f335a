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

struct dentry *name_create(struct dentry *base, const char *path,
			   const struct new_inode *what, int *error)
{
	struct dentry *made = NULL;
	struct walk walk;

	*error = walk_begin(&walk, base, path);
	if (*error)
		return NULL;
	*error = name_may_create(&walk, S_ISDIR(what->mode));
	if (!*error)
		made = walk.at->inode->ops->create(walk.at, walk.name, what,
						   error);
	name_finish(&walk);
	return made;
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

/* May name_remove() take out `victim`, which the walk found? */
static int name_may_remove(const struct walk *walk, const struct dentry *victim,
			   bool directory)
{
	bool is_directory = S_ISDIR(victim->inode->mode);

	if (is_directory && !directory)
		return -EISDIR;
	if (!is_directory && (directory || walk->slash))
		return -ENOTDIR;
	if (!walk->name[0])
		return -EBUSY;
	if (name_is_dots(walk->name))
		return walk->name[1] ? -ENOTEMPTY : -EINVAL;
	if (!walk->at->inode->ops->remove)
		return -EPERM;
	return name_may_delete(walk->at->inode, victim);
}

int name_remove(struct dentry *base, const char *path, bool directory)
{
	struct dentry *victim;
	struct walk walk;
	int error = walk_begin(&walk, base, path);

	if (error)
		return error;
	mutex_lock(&walk.at->inode->mutex);
	victim = walk_last(&walk, true, &error);
	if (victim)
		error = name_may_remove(&walk, victim, directory);
	if (!error)
		error = walk.at->inode->ops->remove(walk.at, victim);
	name_finish(&walk);
	dentry_put(victim);
	return error;
}
