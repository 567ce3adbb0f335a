/*
 * The part users: more than one of them. It lets a process change its user and
 * groups, and judges by them who may use a file (permission.c) or do something
 * to a process (process_permission.c). Without it every process is root and may
 * do everything, and chmod, chown, access and umask are missing: su, sshd, make
 * install and test -x are those who notice. It needs the
 * part prctl, to which it adds two options.
 */
#ifndef KERNEL_OPTIONAL_USERS_USERS_H
#define KERNEL_OPTIONAL_USERS_USERS_H

#include "kernel/fs/inode.h"
#include "kernel/process/process.h"

/* Is the current process in that group, by its effective or a further one? */
bool in_group(uint32_t gid);

/* Linux's in_group_or_capable(): may the current process leave the file's
 * set-group-ID bit? */
bool in_group_or_root(const struct inode *inode);

/* The bits of access(2), asked of these ids instead of the effective ones. 0 or
 * -EACCES. */
int permission_of(const struct inode *inode, unsigned mask, uint32_t uid,
		  uint32_t gid);

#endif
