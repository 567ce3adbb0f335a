/*
 * Who may do what to another process: one predicate for each question, with
 * the name that it has in Linux and with the same ids. Root may do all, and a
 * process may do all to itself.
 */
#include "kernel/lib/hook.h"
#include "kernel/optional/users/users.h"

/* kill(2): the real or effective user, against the real or saved one. */
static bool kill_ok_by_cred(const struct credentials *me,
			    const struct credentials *it)
{
	return me->euid == it->suid || me->euid == it->uid ||
	       me->uid == it->suid || me->uid == it->uid;
}

/* A process that may still become root has root's capabilities, on Linux. */
static bool is_capable(const struct credentials *c)
{
	return !c->uid || !c->euid || !c->suid;
}

/* setpriority(2), sched_setaffinity(2), sched_setscheduler(2): the effective
 * user, against the real or effective one; but it must not be capable of more
 * than the caller (cap_safe_nice). */
static bool check_same_owner(const struct credentials *me,
			     const struct credentials *it)
{
	return (me->euid == it->euid || me->euid == it->uid) &&
	       (is_capable(me) || !is_capable(it));
}

/* prlimit(2): the real user and group, against all three of each. */
static bool check_prlimit_permission(const struct credentials *me,
				     const struct credentials *it)
{
	return me->uid == it->euid && me->uid == it->suid &&
	       me->uid == it->uid && me->gid == it->egid &&
	       me->gid == it->sgid && me->gid == it->gid;
}

/* /proc, as Linux asks with PTRACE_MODE_FSCREDS: the effective user and group,
 * against all three of each; and a program that had other rights, or wants it
 * so, is not to be seen. */
static bool ptrace_may_access(const struct credentials *me,
			      const struct process *process)
{
	const struct credentials *it = &process->credentials;

	return me->euid == it->euid && me->euid == it->suid &&
	       me->euid == it->uid && me->egid == it->egid &&
	       me->egid == it->sgid && me->egid == it->gid &&
	       (process->dumpable || process->zombie);
}

static bool permission(const struct process *process, enum process_deed deed)
{
	const struct credentials *me = &current_process()->credentials;
	const struct credentials *it = &process->credentials;

	if (process == current_process() || !me->euid)
		return true;
	switch (deed) {
	case DEED_KILL:
		return kill_ok_by_cred(me, it);
	case DEED_SCHED:
		return check_same_owner(me, it);
	case DEED_PRLIMIT:
		return check_prlimit_permission(me, it);
	case DEED_PTRACE:
		return ptrace_may_access(me, process);
	}
	return false;
}

/* ---- How many tasks a user may have ------------------------------------------ */

/*
 * Has the real user id all the threads and zombies that RLIMIT_NPROC allows?
 * They are counted only if there are so many numbers in use altogether. Root
 * has no limit.
 */
static bool user_is_full(const struct process *me)
{
	uint64_t limit = me->limits[RLIMIT_NPROC].rlim_cur, count = 0;

	if (!me->credentials.euid || pid_count() < limit)
		return false;
	spin_lock(&process_lock);
	for (int id = pid_next(0); id; id = pid_next(id)) {
		const struct pid *pid = pid_find(id);
		const struct process *process = pid->task ? pid->task->process
							  : pid->process;

		count += process &&
			 process->credentials.uid == me->credentials.uid;
	}
	spin_unlock(&process_lock);
	return count >= limit;
}

static void install(void)
{
	process_permission = permission;
	process_user_is_full = user_is_full;
}
HOOK(boot, install);
