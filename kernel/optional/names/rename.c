/*
 * rename(2): see rename.h. A directory's mutex guards its names, so a rename
 * holds two of them.
 */
#include "kernel/optional/names/rename.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/ramfs.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"

/* Held over each rename, so no other one moves a directory meanwhile. */
static struct mutex rename_mutex = MUTEX_INIT(rename_mutex);

/* Is `dentry` equal to `ancestor` or below it? Both are of one filesystem. */
static bool dentry_is_below(const struct dentry *dentry,
			    const struct dentry *ancestor)
{
	spin_lock(&tree_lock);
	while (dentry && dentry != ancestor)
		dentry = dentry->parent;
	spin_unlock(&tree_lock);
	return dentry;
}

/* ---- The change -------------------------------------------------------------- */

/* Gives a dentry another place in the tree. Returns 0 or -ENOMEM. */
static int dentry_move(struct dentry *dentry, struct dentry *parent,
		       const char *name)
{
	char *new_name = kstrdup(name);
	const char *old_name = dentry->name;
	struct dentry *old_parent = dentry->parent;

	if (!new_name)
		return -ENOMEM;
	dentry_get(parent);
	spin_lock(&tree_lock);
	dentry_detach(dentry);
	dentry->name = new_name;
	dentry->parent = parent;
	dentry_attach(dentry);
	spin_unlock(&tree_lock);
	dentry_free_name(dentry, old_name);
	dentry_put(old_parent);
	return 0;
}

/* Moves a name and counts links and times. `replaced` may be NULL; it stays
 * until the move has succeeded. */
static int move_name(struct dentry *victim, struct dentry *to, const char *name,
		     struct dentry *replaced)
{
	struct dentry *from = dentry_get(victim->parent);
	int error = dentry_move(victim, to, name);

	if (!error && S_ISDIR(victim->inode->mode)) {
		from->inode->links--;
		to->inode->links++;
	}
	if (!error) {
		inode_touch(from->inode);
		inode_touch(to->inode);
		victim->inode->ctime_ns = to->inode->ctime_ns;
		if (replaced)
			ramfs_remove_name(to, replaced);
	}
	dentry_put(from);
	return error;
}

static int replace_name(struct dentry *victim, struct dentry *to,
			const char *name, struct dentry *replaced)
{
	int error = -ENOTEMPTY;

	if (to->unlinked)
		return -ENOENT;
	if (!replaced)
		return move_name(victim, to, name, NULL);
	mutex_lock(&replaced->inode->mutex);
	if (list_empty(&replaced->children))
		error = move_name(victim, to, name, replaced);
	mutex_unlock(&replaced->inode->mutex);
	return error;
}

/* ---- The rules --------------------------------------------------------------- */

/* Locks both directories of a rename, an ancestor before what is below it. */
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

/* May `victim` take the place of `replaced`, which is there at `to`? */
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
	return name_may_delete(to->at->inode, replaced);
}

/* rename(2) when both directories' mutexes are held. */
static int rename_locked(struct walk *from, struct walk *to, unsigned flags)
{
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
	error = name_may_delete(from->at->inode, victim);
	if (!error)
		error = replaced ? may_replace(to, victim, replaced, flags)
				 : inode_permission(to->at->inode,
						    MAY_WRITE | MAY_EXEC);
	if (!error && !from->at->inode->ops->create)
		error = -EPERM;
	/* of two names of one file both stay (rename(2)) */
	if (!error && (!replaced || replaced->inode != victim->inode))
		error = replace_name(victim, to->at, to->name, replaced);
out:
	dentry_put(replaced);
	dentry_put(victim);
	return error;
}

int name_rename(struct dentry *from_base, const char *from_path,
		struct dentry *to_base, const char *to_path, unsigned flags)
{
	struct walk from, to;
	int error = walk_begin(&from, from_base, from_path);

	if (error)
		return error;
	error = walk_begin(&to, to_base, to_path);
	if (error)
		goto end_from;
	if (!from.name[0] || !to.name[0] || name_is_dots(from.name) ||
	    name_is_dots(to.name))
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
