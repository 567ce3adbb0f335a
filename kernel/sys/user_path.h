/*
 * Paths as system calls get them: a string in user memory, relative to a
 * descriptor's directory.
 */
#ifndef KERNEL_SYS_USER_PATH_H
#define KERNEL_SYS_USER_PATH_H

#include "kernel/fs/path.h"

struct user_path {
	char *text;
	struct dentry *base; /* with a reference; NULL: working directory */
};

/*
 * Copies the path in. `directory` is a descriptor or AT_FDCWD. 0, -EFAULT,
 * -ENAMETOOLONG, -ENOMEM, -EBADF; user_path_put() is due on 0 only.
 */
int user_path_get(struct user_path *path, int directory, uaddr_t address);
void user_path_put(struct user_path *path);

/*
 * What a path names, with a reference, or NULL and *error. `flags`:
 * AT_SYMLINK_NOFOLLOW; AT_EMPTY_PATH: "" is `directory` itself.
 */
struct dentry *user_path_lookup(int directory, uaddr_t address, unsigned flags,
				int *error);

/* Makes what `mode` says at a path, with the permissions that the umask
 * leaves; as name_create(). */
long user_path_make(int directory, uaddr_t path, uint32_t mode,
		    uint64_t device);

#endif
