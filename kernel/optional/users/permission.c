/*
 * Who may use a file: the judge of the permission bits, of ownership, and of
 * what becomes of set-user-ID and set-group-ID bits (path_resolution(7),
 * chmod(2), chown(2)).
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/lib/hook.h"
#include "kernel/optional/users/users.h"

/* At boot the kernel itself makes files, as root. */
static const struct credentials *current_credentials(void)
{
	static const struct credentials root;
	struct process *process = current_process();

	return process ? &process->credentials : &root;
}

static bool in_further_group(uint32_t gid)
{
	const struct credentials *me = current_credentials();

	for (unsigned i = 0; i < me->group_count; i++)
		if (me->groups[i] == gid)
			return true;
	return false;
}

bool in_group(uint32_t gid)
{
	return current_credentials()->egid == gid || in_further_group(gid);
}

bool in_group_or_root(const struct inode *inode)
{
	return !current_credentials()->euid || in_group(inode->gid);
}

int permission_of(const struct inode *inode, unsigned mask, uint32_t uid,
		  uint32_t gid)
{
	uint32_t bits = inode->mode;

	if (uid == 0)
		return inode_root_permission(inode, mask);
	if (uid == inode->uid)
		bits >>= 6;
	else if (gid == inode->gid || in_further_group(inode->gid))
		bits >>= 3;
	return (bits & mask) == mask ? 0 : -EACCES;
}

static int permission(const struct inode *inode, unsigned mask)
{
	const struct credentials *me = current_credentials();

	return permission_of(inode, mask, me->euid, me->egid);
}

static bool owned(const struct inode *inode)
{
	uint32_t euid = current_credentials()->euid;

	return !euid || euid == inode->uid;
}

/* Linux's inode_init_owner(): a set-group-ID directory passes on its group,
 * and to directories the bit. */
static void init_owner(struct inode *inode, const struct inode *directory)
{
	const struct credentials *me = current_credentials();
	uint32_t runs_as_group = S_ISGID | S_IXGRP;

	inode->uid = me->euid;
	inode->gid = me->egid;
	if (!directory || !(directory->mode & S_ISGID))
		return;
	inode->gid = directory->gid;
	if (S_ISDIR(inode->mode))
		inode->mode |= S_ISGID;
	else if ((inode->mode & runs_as_group) == runs_as_group &&
		 !in_group_or_root(inode))
		inode->mode &= ~(uint32_t)S_ISGID;
}

/* Linux's file_remove_privs(): a program that somebody but root changes does
 * not run as its owner any more. */
static void will_change(struct inode *inode)
{
	if (!current_credentials()->euid)
		return;
	inode->mode &= ~(uint32_t)S_ISUID;
	if (inode->mode & S_IXGRP || !in_group(inode->gid))
		inode->mode &= ~(uint32_t)S_ISGID;
}

/* O_NOATIME is for the owner of the file (open(2), F_SETFL of fcntl(2)). */
static void check_opened(struct file *file, int *error)
{
	if (!*error && file->flags & O_NOATIME && !inode_owned(file->inode))
		*error = -EPERM;
}
HOOK(file_opened, check_opened);

static void check_flags(const struct fcntl_call *call, long *result)
{
	if (call->command == F_SETFL &&
	    call->argument & ~call->file->flags & O_NOATIME &&
	    !inode_owned(call->file->inode))
		*result = -EPERM;
}
HOOK(file_fcntl, check_flags);

static void install(void)
{
	inode_hooks = (struct inode_hooks){
		.permission = permission,
		.owned = owned,
		.init_owner = init_owner,
		.will_change = will_change,
	};
}
HOOK(boot, install);
