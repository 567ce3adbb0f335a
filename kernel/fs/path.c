/*
 * From a path to what it names: the walk along its components and through
 * symbolic links. With it stands what opens a file by its path.
 */
#include "kernel/fs/path.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/names.h"
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

/* Moves the next component of the path to walk->name, and says whether a slash
 * follows and whether it is the last. Returns 0 or -ENAMETOOLONG. */
static int walk_next_name(struct walk *walk, bool *last)
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
	if (end != start)
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

/* Puts the target of a link in front of the rest of the path. */
static int walk_splice(struct walk *walk, struct inode *link)
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

/* Makes the walk go on at the target of a link: a path, or an object, which is
 * then in walk->at. Returns 0 or -errno. */
static int walk_enter_link(struct walk *walk, struct dentry *link)
{
	struct inode *inode = link->inode;
	struct dentry *target = NULL;
	int error = 0;

	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (inode->ops->follow)
		target = inode->ops->follow(inode, &error);
	if (!target && !error)
		error = walk_splice(walk, inode);
	if (error)
		return error;
	if (!target && *walk->rest == '/')
		target = dentry_get(root_dentry);
	if (target) {
		dentry_put(walk->at);
		walk->at = target;
	}
	return 0;
}

/* Walks up to the last component. Returns 0 or -errno. */
static int walk_to_last(struct walk *walk)
{
	struct dentry *found;
	bool last;
	int error;

	for (;;) {
		error = walk_next_name(walk, &last);
		if (!error && walk->name[0])
			error = S_ISDIR(walk->at->inode->mode)
					? inode_permission(walk->at->inode,
							   MAY_EXEC)
					: -ENOTDIR;
		if (error || last)
			return error;
		found = walk_last(walk, false, &error);
		if (!found)
			return error;
		if (S_ISLNK(found->inode->mode)) {
			error = walk_enter_link(walk, found);
			dentry_put(found);
			if (error)
				return error;
		} else {
			dentry_put(walk->at);
			walk->at = found;
		}
	}
}

int walk_begin(struct walk *walk, struct dentry *base, const char *path)
{
	int error = -ENOENT;

	*walk = (struct walk){ .rest = path };
	walk->at = walk_start(base, path);
	if (*path)
		error = walk_to_last(walk);
	if (error)
		walk_end(walk);
	return error;
}

void walk_end(struct walk *walk)
{
	dentry_put(walk->at);
	kfree(walk->buffer);
}

struct dentry *path_lookup(struct dentry *base, const char *path,
			   unsigned flags, int *error)
{
	struct walk walk;
	struct dentry *found, *link;

	*error = walk_begin(&walk, base, path);
	if (*error)
		return NULL;
	found = walk_last(&walk, false, error);
	while (found && S_ISLNK(found->inode->mode) &&
	       (!(flags & PATH_NOFOLLOW) || walk.slash)) {
		link = found;
		found = NULL;
		*error = walk_enter_link(&walk, link);
		dentry_put(link);
		if (!*error)
			*error = walk_to_last(&walk);
		if (!*error)
			found = walk_last(&walk, false, error);
	}
	if (found && (flags & PATH_DIRECTORY || walk.slash) &&
	    !S_ISDIR(found->inode->mode)) {
		dentry_put(found);
		found = NULL;
		*error = -ENOTDIR;
	}
	walk_end(&walk);
	return found;
}

/* ---- open(2), without descriptors ---- */

/* May an existing file be opened with these flags? Returns 0 or -errno. */
static int open_check(const struct inode *inode, unsigned flags)
{
	unsigned access = flags & O_ACCMODE, mask = 0;

	if (flags & O_DIRECTORY && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (S_ISDIR(inode->mode) &&
	    (access != O_RDONLY || flags & (O_CREAT | O_TRUNC)))
		return -EISDIR;
	if (access != O_WRONLY)
		mask |= MAY_READ;
	if (access != O_RDONLY || flags & O_TRUNC)
		mask |= MAY_WRITE;
	return inode_permission(inode, mask);
}

/* Finds the file that is to be opened. With O_CREAT it is made if it is not
 * there, and *created says so. */
static struct dentry *open_resolve(struct dentry *base, const char *path,
				   unsigned flags, uint32_t mode, bool *created,
				   int *error)
{
	unsigned follow = flags & O_NOFOLLOW ? PATH_NOFOLLOW : 0;
	struct new_inode file = { .mode = S_IFREG | (mode & 07777) };
	struct dentry *found = NULL;

	*error = -ENOENT;
	if (!(flags & O_CREAT && flags & O_EXCL))
		found = path_lookup(base, path, follow, error);
	if (found || *error != -ENOENT || !(flags & O_CREAT))
		return found;
	found = name_create(base, path, &file, error);
	if (*error == -EEXIST && !(flags & O_EXCL) && !follow)
		HOOK_CALL(link_dangles, base, path, &file, &found, error);
	*created = found;
	/* another task was faster, or it is a link */
	if (!found && *error == -EEXIST && !(flags & O_EXCL))
		found = path_lookup(base, path, follow, error);
	return found;
}

struct file *path_open(struct dentry *base, const char *path, unsigned flags,
		       uint32_t mode, int *error)
{
	bool created = false;
	struct dentry *found;
	struct file *file = NULL;

	*error = -EINVAL;
	if (flags & O_CREAT && flags & O_DIRECTORY)
		return NULL;
	found = open_resolve(base, path, flags, mode, &created, error);
	if (!found)
		return NULL;
	*error = created ? 0 : open_check(found->inode, flags);
	if (!*error)
		file = file_open(found, found->inode->file_ops, flags, error);
	if (file)
		HOOK_CALL(file_opened, file, error);
	/* a file of /proc has no length to cut, and `echo 1 > it` works */
	if (!*error && flags & O_TRUNC && !created &&
	    S_ISREG(found->inode->mode) && found->inode->ops->truncate)
		*error = inode_truncate(found->inode, 0);
	if (file && *error) {
		file_put(file);
		file = NULL;
	}
	dentry_put(found);
	return file;
}
