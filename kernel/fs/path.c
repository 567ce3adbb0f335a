/*
 * From a path to what it names: the walk along its components and through
 * symbolic links.
 */
#include "kernel/fs/path.h"

#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/sched/task.h"

#define LINKS_MAX 40

struct dentry *root_dentry;

struct fs_context *fs_context_new(struct dentry *cwd)
{
	struct fs_context *fs = kzalloc(sizeof(*fs));

	if (!fs)
		return NULL;
	fs->refs = 1;
	fs->lock = SPINLOCK_INIT(RANK_FILES);
	fs->cwd = dentry_get(cwd);
	fs->umask = S_IWGRP | S_IWOTH;
	return fs;
}

struct fs_context *fs_context_copy(struct fs_context *from)
{
	struct dentry *cwd = fs_context_cwd(from);
	struct fs_context *fs = fs_context_new(cwd);

	if (fs)
		fs->umask = from->umask;
	dentry_put(cwd);
	return fs;
}

void fs_context_get(struct fs_context *fs)
{
	atomic_fetch_add(&fs->refs, 1);
}

void fs_context_put(struct fs_context *fs)
{
	if (atomic_fetch_sub(&fs->refs, 1) != 1)
		return;
	dentry_put(fs->cwd);
	kfree(fs);
}

struct dentry *fs_context_cwd(struct fs_context *fs)
{
	struct dentry *cwd;

	spin_lock(&fs->lock);
	cwd = dentry_get(fs->cwd);
	spin_unlock(&fs->lock);
	return cwd;
}

void fs_context_set_cwd(struct fs_context *fs, struct dentry *cwd)
{
	struct dentry *old;

	spin_lock(&fs->lock);
	old = fs->cwd;
	fs->cwd = dentry_get(cwd);
	spin_unlock(&fs->lock);
	dentry_put(old);
}

/* Returns where a walk along `path` starts: at `base` if it is relative. */
static struct dentry *walk_start(struct dentry *base, const char *path)
{
	if (*path == '/')
		return dentry_get(root_dentry);
	if (base)
		return dentry_get(base);
	/* the kernel's own tasks have no working directory */
	if (!current_task()->fs)
		return dentry_get(root_dentry);
	return fs_context_cwd(current_task()->fs);
}

int walk_begin(struct walk *walk, struct dentry *base, const char *path)
{
	*walk = (struct walk){ .rest = path };
	walk->at = walk_start(base, path);
	return *path ? 0 : -ENOENT;
}

void walk_end(struct walk *walk)
{
	dentry_put(walk->at);
	kfree(walk->buffer);
}

/* Moves the next component of the path to walk->name, and says whether a slash
 * follows and whether it is the last. Returns 0 or -ENAMETOOLONG. */
static int next_component(struct walk *walk, bool *last)
{
	const char *start, *end;

	for (start = walk->rest; *start == '/'; start++)
		;
	for (end = start; *end && *end != '/'; end++)
		;
	if (end - start > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(walk->name, start, (size_t)(end - start));
	walk->name[end - start] = '\0';
	walk->slash = *end == '/';
	while (*end == '/')
		end++;
	walk->rest = end;
	*last = !*end;
	return 0;
}

struct dentry *walk_last(struct walk *walk, bool locked, int *error)
{
	struct inode *directory = walk->at->inode;
	struct dentry *found;

	if (!walk->name[0] || strcmp(walk->name, ".") == 0)
		return dentry_get(walk->at);
	if (strcmp(walk->name, "..") == 0)
		return dentry_parent(walk->at);
	*error = -ENOENT;
	if (!locked)
		mutex_lock(&directory->mutex);
	found = directory->ops->lookup(walk->at, walk->name, error);
	if (!locked)
		mutex_unlock(&directory->mutex);
	return found;
}

/* May the walk look for a name in walk->at? Returns 0 or -errno. */
static int check_directory(const struct walk *walk)
{
	if (!S_ISDIR(walk->at->inode->mode))
		return -ENOTDIR;
	return inode_permission(walk->at->inode, MAY_EXEC);
}

/* Puts the target of a link in front of the rest of the path. */
static int splice_target(struct walk *walk, struct inode *link)
{
	char *buffer = kmalloc(PATH_MAX);
	size_t rest = strlen(walk->rest) + 1;
	long length;

	if (!buffer)
		return -ENOMEM;
	length = link->ops->readlink(link, buffer, PATH_MAX);
	if (length == 0)
		length = -ENOENT;
	else if (length > 0 && (size_t)length + 1 + rest > PATH_MAX)
		length = -ENAMETOOLONG;
	if (length < 0) {
		kfree(buffer);
		return (int)length;
	}
	if (walk->slash)
		buffer[length++] = '/';
	memcpy(buffer + length, walk->rest, rest);
	kfree(walk->buffer);
	walk->buffer = buffer;
	walk->rest = buffer;
	return 0;
}

/* Makes the walk go on at the target of a link. Returns as walk_follow(), but
 * does not walk yet. */
static int enter_link(struct walk *walk, struct dentry *link)
{
	struct inode *inode = link->inode;
	struct dentry *target = NULL;
	int error = 0;

	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (inode->ops->follow) {
		target = inode->ops->follow(inode, &error);
		if (error)
			return error;
	}
	if (!target) {
		error = splice_target(walk, inode);
		if (error || *walk->rest != '/')
			return error;
		target = dentry_get(root_dentry);
	} else {
		error = 1;
	}
	dentry_put(walk->at);
	walk->at = target;
	return error;
}

int walk_to_last(struct walk *walk)
{
	struct dentry *found;
	bool last;
	int error;

	for (;;) {
		error = next_component(walk, &last);
		if (!error)
			error = check_directory(walk);
		if (error || last)
			return error;
		found = walk_last(walk, false, &error);
		if (!found)
			return error;
		if (S_ISLNK(found->inode->mode)) {
			error = enter_link(walk, found);
			dentry_put(found);
			if (error < 0)
				return error;
		} else {
			dentry_put(walk->at);
			walk->at = found;
		}
	}
}

int walk_follow(struct walk *walk, struct dentry *link)
{
	int result = enter_link(walk, link);

	if (result)
		return result;
	return walk_to_last(walk);
}

struct dentry *walk_resolve(struct walk *walk, unsigned flags, int *error)
{
	struct dentry *found;

	for (;;) {
		bool follow = !(flags & PATH_NOFOLLOW) || walk->slash;

		found = walk_last(walk, false, error);
		if (!found || !S_ISLNK(found->inode->mode) || !follow)
			return found;
		*error = walk_follow(walk, found);
		dentry_put(found);
		if (*error == 1)
			return dentry_get(walk->at);
		if (*error)
			return NULL;
	}
}

struct dentry *path_lookup(struct dentry *base, const char *path,
			   unsigned flags, int *error)
{
	struct walk walk;
	struct dentry *found = NULL;

	*error = walk_begin(&walk, base, path);
	if (!*error)
		*error = walk_to_last(&walk);
	if (!*error)
		found = walk_resolve(&walk, flags, error);
	if (found && (flags & PATH_DIRECTORY || walk.slash) &&
	    !S_ISDIR(found->inode->mode)) {
		dentry_put(found);
		found = NULL;
		*error = -ENOTDIR;
	}
	walk_end(&walk);
	return found;
}
