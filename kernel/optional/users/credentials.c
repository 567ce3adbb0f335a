/*
 * Who a process is: real, effective and saved user and group.
 */
#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/uaccess.h"
#include "kernel/optional/prctl/prctl.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"

#define KEEP UINT32_MAX /* (uid_t)-1: leave it as it is */

/* Users and groups have the same rules. */
struct ids {
	uint32_t *real, *effective, *saved;
};

static struct ids users(void)
{
	struct credentials *me = &current_process()->credentials;

	return (struct ids){ &me->uid, &me->euid, &me->suid };
}

static struct ids groups(void)
{
	struct credentials *me = &current_process()->credentials;

	return (struct ids){ &me->gid, &me->egid, &me->sgid };
}

static bool is_root(void)
{
	return current_process()->credentials.euid == 0;
}

static bool may_become(const struct ids *ids, uint32_t id)
{
	return id == KEEP || is_root() || id == *ids->real ||
	       id == *ids->effective || id == *ids->saved;
}

static long get_three(struct ids ids, uaddr_t real, uaddr_t effective,
		      uaddr_t saved)
{
	if (put_user32(real, *ids.real) < 0 ||
	    put_user32(effective, *ids.effective) < 0 ||
	    put_user32(saved, *ids.saved) < 0)
		return -EFAULT;
	return 0;
}

static long sys_getresuid(uaddr_t real, uaddr_t effective, uaddr_t saved)
{
	return get_three(users(), real, effective, saved);
}
SYSCALL(getresuid);

static long sys_getresgid(uaddr_t real, uaddr_t effective, uaddr_t saved)
{
	return get_three(groups(), real, effective, saved);
}
SYSCALL(getresgid);

/*
 * The four ways of setting users or groups. process_lock is held from the
 * question to the answer: another thread may change the ids, and others look at
 * them.
 */
typedef long set_ids(struct ids ids, uint32_t a, uint32_t b, uint32_t c);

/* A program whose effective ids change may have seen what its new user must
 * not: it cannot be traced any more. */
static long change(set_ids *set, struct ids ids, uint32_t a, uint32_t b,
		   uint32_t c)
{
	struct process *process = current_process();
	uint32_t euid, egid;
	long result;

	spin_lock(&process_lock);
	euid = process->credentials.euid;
	egid = process->credentials.egid;
	result = set(ids, a, b, c);
	if (euid != process->credentials.euid ||
	    egid != process->credentials.egid) {
		process->dumpable = false;
		process->death_signal = 0;
	}
	spin_unlock(&process_lock);
	return result;
}

/* setresuid(2) */
static long set_three(struct ids ids, uint32_t real, uint32_t effective,
		      uint32_t saved)
{
	if (!may_become(&ids, real) || !may_become(&ids, effective) ||
	    !may_become(&ids, saved))
		return -EPERM;
	if (real != KEEP)
		*ids.real = real;
	if (effective != KEEP)
		*ids.effective = effective;
	if (saved != KEEP)
		*ids.saved = saved;
	return 0;
}

/* setuid(2): root changes all three, others the effective one. */
static long set_one(struct ids ids, uint32_t id, uint32_t unused1,
		    uint32_t unused2)
{
	(void)unused1, (void)unused2;
	if (id == KEEP)
		return -EINVAL;
	if (is_root())
		return set_three(ids, id, id, id);
	if (id != *ids.real && id != *ids.saved)
		return -EPERM;
	return set_three(ids, KEEP, id, KEEP);
}

/* setreuid(2): the saved one follows when the real one is set, or the
 * effective one becomes something else than the real one was. */
static long set_two(struct ids ids, uint32_t real, uint32_t effective,
		    uint32_t unused)
{
	bool save = real != KEEP ||
		    (effective != KEEP && effective != *ids.real);
	uint32_t new = effective != KEEP ? effective : *ids.effective;

	(void)unused;
	if (!is_root() && real != KEEP && real != *ids.real &&
	    real != *ids.effective)
		return -EPERM;
	if (!may_become(&ids, effective))
		return -EPERM;
	if (real != KEEP)
		*ids.real = real;
	*ids.effective = new;
	if (save)
		*ids.saved = new;
	return 0;
}

static long sys_setuid(uint32_t uid)
{
	return change(set_one, users(), uid, 0, 0);
}
SYSCALL(setuid);

static long sys_setgid(uint32_t gid)
{
	return change(set_one, groups(), gid, 0, 0);
}
SYSCALL(setgid);

static long sys_setreuid(uint32_t real, uint32_t effective)
{
	return change(set_two, users(), real, effective, 0);
}
SYSCALL(setreuid);

static long sys_setregid(uint32_t real, uint32_t effective)
{
	return change(set_two, groups(), real, effective, 0);
}
SYSCALL(setregid);

static long sys_setresuid(uint32_t real, uint32_t effective, uint32_t saved)
{
	return change(set_three, users(), real, effective, saved);
}
SYSCALL(setresuid);

static long sys_setresgid(uint32_t real, uint32_t effective, uint32_t saved)
{
	return change(set_three, groups(), real, effective, saved);
}
SYSCALL(setresgid);

static long sys_getgroups(int size, uaddr_t list)
{
	struct credentials *me = &current_process()->credentials;
	unsigned count = me->group_count;

	if (size < 0)
		return -EINVAL;
	if (!size)
		return count;
	if ((unsigned)size < count)
		return -EINVAL;
	if (copy_to_user(list, me->groups, count * sizeof(me->groups[0])) < 0)
		return -EFAULT;
	return count;
}
SYSCALL(getgroups);

static long sys_setgroups(int size, uaddr_t list)
{
	struct credentials *me = &current_process()->credentials;
	uint32_t new[GROUPS_MAX];

	if (!is_root())
		return -EPERM;
	if (size < 0 || size > GROUPS_MAX)
		return -EINVAL;
	if (copy_from_user(new, list, (size_t)size * sizeof(new[0])) < 0)
		return -EFAULT;
	spin_lock(&process_lock);
	memcpy(me->groups, new, (size_t)size * sizeof(new[0]));
	me->group_count = (unsigned)size;
	spin_unlock(&process_lock);
	return 0;
}
SYSCALL(setgroups);

/* ---- prctl --------------------------------------------------------------------- */

static void users_prctl(struct prctl *call)
{
	struct process *me = current_process();
	uint64_t *a = call->argument;

	switch (call->option) {
	case PR_GET_DUMPABLE:
		call->result = me->dumpable;
		break;
	case PR_SET_DUMPABLE:
		if (a[0] > 1)
			break;
		spin_lock(&process_lock);
		me->dumpable = a[0];
		spin_unlock(&process_lock);
		call->result = 0;
		break;
	case PR_SET_NO_NEW_PRIVS:
		if (a[0] != 1 || a[1] || a[2] || a[3])
			break;
		me->no_new_privs = true;
		call->result = 0;
		break;
	case PR_GET_NO_NEW_PRIVS:
		if (!a[0] && !a[1] && !a[2] && !a[3])
			call->result = me->no_new_privs;
	}
}
HOOK(prctl_called, users_prctl);
