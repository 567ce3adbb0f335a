/*
 * What changes the tree of names. The rules that hold for every filesystem are
 * here; the change itself is the directory's operation.
 */
#include "kernel/fs/names.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/path.h"
#include "kernel/lib/string.h"

/* One rename at a time: nobody else moves a directory meanwhile. */
static struct mutex rename_mutex = MUTEX_INIT(rename_mutex);

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Walks to the last component; ends the walk on an error. */
static int walk_start(struct walk *walk, struct dentry *base, const char *path)
{
	int error = walk_begin(walk, base, path);

	if (!error)
		error = walk_to_last(walk);
	if (error)
		walk_end(walk);
	return error;
}

/*
 * May a new name stand where the walk ended? Holds the directory's mutex
 * afterwards in any case.
 */
static int may_create(struct walk *walk, bool directory)
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

static void finish(struct walk *walk)
{
	mutex_unlock(&walk->at->inode->mutex);
	walk_end(walk);
}

int name_create(struct dentry *base, const char *path, uint32_t mode,
		uint64_t device)
{
	struct dentry *made;
	struct walk walk;
	int error = walk_start(&walk, base, path);

	if (error)
		return error;
	error = may_create(&walk, S_ISDIR(mode));
	if (!error) {
		made = walk.at->inode->ops->create(walk.at, walk.name, mode,
						   device, &error);
		dentry_put(made);
	}
	finish(&walk);
	return error;
}

int name_symlink(const char *target, struct dentry *base, const char *path)
{
	struct walk walk;
	int error = *target ? walk_start(&walk, base, path) : -ENOENT;

	if (error)
		return error;
	error = may_create(&walk, false);
	if (!error)
		error = walk.at->inode->ops->symlink(walk.at, walk.name,
						     target);
	finish(&walk);
	return error;
}

int name_link(struct dentry *from_base, const char *from,
	      struct dentry *to_base, const char *to, unsigned flags)
{
	unsigned follow = flags & AT_SYMLINK_FOLLOW ? 0 : PATH_NOFOLLOW;
	struct dentry *old;
	struct walk walk;
	int error;

	old = path_lookup(from_base, from, follow, &error);
	if (!old)
		return error;
	error = walk_start(&walk, to_base, to);
	if (error)
		goto put_old;
	error = may_create(&walk, false);
	if (!error && old->inode->device != walk.at->inode->device)
		error = -EXDEV;
	if (!error && S_ISDIR(old->inode->mode))
		error = -EPERM;
	if (!error && old->inode->links == 0)
		error = -ENOENT;
	if (!error)
		error = walk.at->inode->ops->link(walk.at, walk.name,
						  old->inode);
	finish(&walk);
put_old:
	dentry_put(old);
	return error;
}

/* May `victim` be taken out of `parent`, whose mutex is held? */
static int may_delete(const struct inode *parent, const struct dentry *victim)
{
	int error = inode_permission(parent, MAY_WRITE | MAY_EXEC);

	if (error)
		return error;
	if (parent->mode & S_ISVTX && !inode_owned(parent) &&
	    !inode_owned(victim->inode))
		return -EPERM;
	return victim->covers || victim->mounted ? -EBUSY : 0;
}

int name_unlink(struct dentry *base, const char *path)
{
	struct dentry *victim;
	struct walk walk;
	int error = walk_start(&walk, base, path);

	if (error)
		return error;
	mutex_lock(&walk.at->inode->mutex);
	victim = walk_last(&walk, true, &error);
	if (victim) {
		if (!walk.name[0] || is_dots(walk.name) ||
		    S_ISDIR(victim->inode->mode))
			error = -EISDIR;
		else if (walk.slash)
			error = -ENOTDIR;
		else if (!walk.at->inode->ops->unlink)
			error = -EPERM;
		else
			error = may_delete(walk.at->inode, victim);
		if (!error)
			error = walk.at->inode->ops->unlink(walk.at, victim);
	}
	finish(&walk);
	dentry_put(victim);
	return error;
}

int name_rmdir(struct dentry *base, const char *path)
{
	struct dentry *victim = NULL;
	struct walk walk;
	int error = walk_start(&walk, base, path);

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
		error = may_delete(walk.at->inode, victim);
		if (!S_ISDIR(victim->inode->mode))
			error = -ENOTDIR;
		else if (!error && !walk.at->inode->ops->rmdir)
			error = -EPERM;
		if (!error)
			error = walk.at->inode->ops->rmdir(walk.at, victim);
	}
	finish(&walk);
	dentry_put(victim);
	return error;
}

/* Both directories of a rename, an ancestor before what is below it. */
static void lock_two(struct dentry *a, struct dentry *b)
{
	if (a == b) {
		mutex_lock(&a->inode->mutex);
		return;
	}
	if (dentry_is_below(a, b) || (!dentry_is_below(b, a) && a > b)) {
		struct dentry *swap = a;

		a = b;
		b = swap;
	}
	mutex_lock(&a->inode->mutex);
	mutex_lock(&b->inode->mutex);
}

static void unlock_two(struct dentry *a, struct dentry *b)
{
	mutex_unlock(&a->inode->mutex);
	if (a != b)
		mutex_unlock(&b->inode->mutex);
}

/* Does what is there at `to` give way to `victim`? */
static int may_replace(const struct walk *to, const struct dentry *victim,
		       const struct dentry *replaced, unsigned flags)
{
	bool directory = S_ISDIR(victim->inode->mode);

	if (flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (directory && !S_ISDIR(replaced->inode->mode))
		return -ENOTDIR;
	if (!directory && S_ISDIR(replaced->inode->mode))
		return -EISDIR;
	return may_delete(to->at->inode, replaced);
}

/* The change, with both directories' mutexes held. */
static int rename_locked(struct walk *from, struct walk *to, unsigned flags)
{
	const struct inode_ops *ops = from->at->inode->ops;
	struct dentry *victim, *replaced = NULL;
	int error;

	victim = walk_last(from, true, &error);
	if (!victim)
		return error;
	replaced = walk_last(to, true, &error);
	if (!replaced && error != -ENOENT)
		goto out;
	error = -ENOTDIR;
	if (!S_ISDIR(victim->inode->mode) && (from->slash || to->slash))
		goto out;
	error = -EINVAL;
	if (dentry_is_below(to->at, victim))
		goto out;
	error = -ENOTEMPTY;
	if (replaced && dentry_is_below(from->at, replaced))
		goto out;
	error = may_delete(from->at->inode, victim);
	if (!error)
		error = replaced ? may_replace(to, victim, replaced, flags)
				 : inode_permission(to->at->inode,
						    MAY_WRITE | MAY_EXEC);
	if (!error && !ops->rename)
		error = -EPERM;
	/* two names of one file: both stay (rename(2)) */
	if (!error && (!replaced || replaced->inode != victim->inode))
		error = ops->rename(victim, to->at, to->name, replaced);
out:
	dentry_put(replaced);
	dentry_put(victim);
	return error;
}

int name_rename(struct dentry *from_base, const char *from_path,
		struct dentry *to_base, const char *to_path, unsigned flags)
{
	struct walk from, to;
	int error = walk_start(&from, from_base, from_path);

	if (error)
		return error;
	error = walk_start(&to, to_base, to_path);
	if (error)
		goto end_from;
	if (!from.name[0] || !to.name[0] || is_dots(from.name) ||
	    is_dots(to.name))
		error = -EBUSY;
	else if (from.at->inode->device != to.at->inode->device)
		error = -EXDEV;
	if (!error) {
		mutex_lock(&rename_mutex);
		lock_two(from.at, to.at);
		error = rename_locked(&from, &to, flags);
		unlock_two(from.at, to.at);
		mutex_unlock(&rename_mutex);
	}
	walk_end(&to);
end_from:
	walk_end(&from);
	return error;
}
