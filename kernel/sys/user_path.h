/*
 * Paths as system calls get them: a string in user memory, relative to the
 * directory of a descriptor.
 */
#ifndef KERNEL_SYS_USER_PATH_H
#define KERNEL_SYS_USER_PATH_H

#include "kernel/fs/path.h"

struct user_path {
	char *text;
	struct dentry
		*base; /* with a reference; NULL is the working directory */
};

/*
 * Copies a path in. `directory` is a descriptor or AT_FDCWD. Returns 0, when
 * user_path_put() must follow, or -EFAULT, -ENAMETOOLONG, -ENOMEM, -EBADF.
 */
int user_path_get(struct user_path *path, int directory, uaddr_t address);
void user_path_put(struct user_path *path);

/*
 * Finds what a path names. Returns its dentry with a reference, or NULL and
 * *error. With AT_EMPTY_PATH in `flags`, "" is `directory` itself; the other
 * flag is AT_SYMLINK_NOFOLLOW.
 */
struct dentry *user_path_lookup(int directory, uaddr_t address, unsigned flags,
				int *error);

/* Makes this the working directory, if the task may enter it. 0 or -EACCES. */
long user_path_enter(struct dentry *directory);

/* Makes what `mode` says at a path, with the permissions that the umask
 * leaves; as name_create(). */
long user_path_make(int directory, uaddr_t path, uint32_t mode,
		    uint64_t device);

#endif
