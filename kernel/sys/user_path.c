/* Paths as system calls get them: see user_path.h. */
#include "kernel/sys/user_path.h"

#include "kernel/abi/fcntl.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/task.h"

/* Returns 0 and the dentry of a descriptor with a reference, or -EBADF. */
static int descriptor_dentry(int fd, struct dentry **dentry)
{
	struct file *file = fd_get(fd);

	if (!file)
		return -EBADF;
	*dentry = dentry_get(file->dentry);
	file_put(file);
	return 0;
}

/* The string is copied first: the program may change it at any time. */
int user_path_get(struct user_path *path, int directory, uaddr_t address)
{
	long result;

	*path = (struct user_path){ .text = kmalloc(PATH_MAX) };
	if (!path->text)
		return -ENOMEM;
	result = strncpy_from_user(path->text, address, PATH_MAX);
	if (result >= 0)
		result = 0;
	if (!result && path->text[0] != '/' && directory != AT_FDCWD)
		result = descriptor_dentry(directory, &path->base);
	if (result)
		kfree(path->text);
	return (int)result;
}

void user_path_put(struct user_path *path)
{
	kfree(path->text);
	dentry_put(path->base);
}

struct dentry *user_path_lookup(int directory, uaddr_t address, unsigned flags,
				int *error)
{
	unsigned walk = flags & AT_SYMLINK_NOFOLLOW ? PATH_NOFOLLOW : 0;
	struct dentry *found;
	struct user_path path;

	*error = user_path_get(&path, directory, address);
	if (*error)
		return NULL;
	if (path.text[0] || !(flags & AT_EMPTY_PATH))
		found = path_lookup(path.base, path.text, walk, error);
	else if (path.base)
		found = dentry_get(path.base);
	else
		found = fs_context_cwd(current_task()->fs);
	user_path_put(&path);
	return found;
}
