/*
 * open(2) with O_CREAT of a symbolic link that leads to nothing makes the file
 * that the link names.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/mm/kmalloc.h"

#define LINKS_MAX 40 /* links that lead to links; as in kernel/fs/path.c */

/* Puts the target of the link at `path` into `target`. Returns the link's
 * directory with a reference; or NULL if there is no such link any more. */
static struct dentry *read_link(struct dentry *base, const char *path,
				char *target)
{
	int error;
	struct dentry *link = path_lookup(base, path, PATH_NOFOLLOW, &error);
	struct dentry *directory = NULL;
	long length = -ENOENT;

	if (link && S_ISLNK(link->inode->mode) && !link->inode->ops->follow)
		length = link->inode->ops->readlink(link->inode, target,
						    PATH_MAX - 1);
	if (length > 0) {
		target[length] = '\0';
		directory = dentry_parent(link);
	}
	dentry_put(link);
	return directory;
}

/* Goes from link to link until a file can be made. It ends with *error -EEXIST
 * when something is there, which the caller looks up. */
static void create_target(struct dentry *base, const char *path,
			  const struct new_inode *what, struct dentry **made,
			  int *error)
{
	char *target = kmalloc(PATH_MAX);
	struct dentry *at = NULL, *next;

	for (int i = 0; target && i < LINKS_MAX && *error == -EEXIST; i++) {
		next = i ? read_link(at, target, target)
			 : read_link(base, path, target);
		dentry_put(at);
		at = next;
		if (!at)
			break;
		*made = name_create(at, target, what, error);
	}
	dentry_put(at);
	kfree(target);
}
HOOK(link_dangles, create_target);
