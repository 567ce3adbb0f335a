/*
 * What system calls on a path and those on a descriptor have in common.
 */
#ifndef KERNEL_SYS_ATTRIBUTES_H
#define KERNEL_SYS_ATTRIBUTES_H

#include "kernel/fs/file.h"

/* What a call does to an inode; the argument is the caller's. */
typedef long inode_act(struct inode *inode, const void *argument);

/* Acts on the inode that a path names. `flags`: AT_SYMLINK_NOFOLLOW,
 * AT_EMPTY_PATH; others are -EINVAL. */
long with_path(int directory, uaddr_t path, unsigned flags, inode_act *act,
	       const void *argument);

/* Acts on the inode of an open file, whose reference it takes over; NULL is
 * -EBADF. */
long with_file(struct file *file, inode_act *act, const void *argument);

#endif
