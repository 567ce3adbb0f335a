/* Process groups and sessions, and the calls about them (setpgid(2) …). */
#include "kernel/optional/jobs/jobs.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sys/table.h"

/* ---- Members -------------------------------------------------------------- */

static void join_group(struct process *process, struct pid *group)
{
	pid_get(group);
	process->group = group;
	list_add_tail(&process->group_node, &group->group);
}

static void join_session(struct process *process, struct pid *session)
{
	pid_get(session);
	process->session = session;
	list_add_tail(&process->session_node, &session->session);
}

static void inherit_jobs(struct process *process, struct process *like)
{
	join_group(process, like ? like->group : process->pid);
	join_session(process, like ? like->session : process->pid);
	process->tty = like ? like->tty : NULL;
}
HOOK(process_linked, inherit_jobs);

static void leave_group(struct process *process)
{
	list_remove(&process->group_node);
	pid_left(process->group);
}

static void leave_session(struct process *process)
{
	list_remove(&process->session_node);
	pid_left(process->session);
}

/* It keeps its references until it is freed. */
static void leave_jobs(struct process *process)
{
	leave_group(process);
	leave_session(process);
}
HOOK(process_unlinked, leave_jobs);

static void change_group(struct process *process, struct pid *group)
{
	struct pid *old = process->group;

	leave_group(process);
	join_group(process, group);
	pid_put(old);
}

static void change_session(struct process *process, struct pid *session)
{
	struct pid *old = process->session;

	leave_session(process);
	join_session(process, session);
	pid_put(old);
}

bool group_is_orphaned(struct pid *group, const struct process *leaving)
{
	struct process *member;

	list_for_each_entry (member, &group->group, group_node) {
		struct process *parent = member->parent;

		if (member == leaving || member->zombie || !parent ||
		    parent == init_process)
			continue;
		if (parent->group != group &&
		    parent->session == member->session)
			return false;
	}
	return true;
}

/* ---- Signals -------------------------------------------------------------- */

void group_signal(struct pid *group, int signo)
{
	siginfo_t info = { .si_signo = signo, .si_code = SI_KERNEL };
	struct process *process;

	list_for_each_entry (process, &group->group, group_node)
		signal_send(process, NULL, &info);
}

/* kill(-1, ...): all processes but init and the caller's. */
static void kill_all(const siginfo_t *info, long *result)
{
	int one;

	for (int number = pid_next(1); number; number = pid_next(number)) {
		struct process *process = pid_find(number)->process;

		if (!process || process == current_process())
			continue;
		one = signal_send_permitted(process, NULL, info);
		if (*result)
			*result = one;
	}
}

/* kill(2) with a number that names several processes: *result becomes 0 if one
 * of them could be told. */
static void kill_group(int number, const siginfo_t *info, long *result)
{
	struct pid *group = current_process()->group;
	struct process *process;
	int one;

	if (number == -1)
		kill_all(info, result);
	if (number == -1 || number == INT32_MIN)
		return;
	if (number)
		group = pid_find(-number);
	if (!group)
		return;
	list_for_each_entry (process, &group->group, group_node) {
		one = signal_send_permitted(process, NULL, info);
		if (*result)
			*result = one;
	}
}
HOOK(signal_group, kill_group);

/* ---- Calls ---------------------------------------------------------------- */

/* The process with that number, 0 being the caller. process_lock held. */
static struct process *find_process(int number)
{
	struct pid *pid = number ? pid_find(number) : current_process()->pid;

	return pid ? pid->process : NULL;
}

/* Is there such a group in the session? Or may `process` begin one? */
static struct pid *find_group(struct process *process, int number)
{
	struct process *member;
	struct pid *pid;

	if (number == process->pid->number)
		return process->pid;
	pid = pid_find(number);
	if (!pid)
		return NULL;
	member = list_first(&pid->group, struct process, group_node);
	return member && member->session == current_process()->session ? pid
								       : NULL;
}

/* process_lock held */
static long set_group(int number, int group)
{
	struct process *me = current_process();
	struct process *process = find_process(number);
	struct pid *pid;

	if (!process || (process != me && process->parent != me))
		return -ESRCH;
	if (process != me && process->session != me->session)
		return -EPERM;
	if (process != me && process->has_executed)
		return -EACCES;
	if (process->session == process->pid)
		return -EPERM;
	pid = find_group(process, group ? group : process->pid->number);
	if (!pid)
		return -EPERM;
	if (process->group != pid)
		change_group(process, pid);
	return 0;
}

static long sys_setpgid(int pid, int group)
{
	long result;

	if (group < 0)
		return -EINVAL;
	spin_lock(&process_lock);
	result = set_group(pid, group);
	spin_unlock(&process_lock);
	return result;
}
SYSCALL(setpgid);

/* The number of a process's group, or of its session. */
static long number_of(int pid, bool session)
{
	struct process *process;
	long number = -ESRCH;

	spin_lock(&process_lock);
	process = find_process(pid);
	if (process)
		number = (session ? process->session : process->group)->number;
	spin_unlock(&process_lock);
	return number;
}

static long sys_getpgid(int pid)
{
	return number_of(pid, false);
}
SYSCALL(getpgid);

static long sys_getpgrp(void)
{
	return number_of(0, false);
}
SYSCALL(getpgrp);

static long sys_getsid(int pid)
{
	return number_of(pid, true);
}
SYSCALL(getsid);

static long sys_setsid(void)
{
	struct process *me = current_process();
	long result = -EPERM;

	spin_lock(&process_lock);
	if (list_empty(&me->pid->group)) {
		change_session(me, me->pid);
		change_group(me, me->pid);
		me->tty = NULL;
		result = me->pid->number;
	}
	spin_unlock(&process_lock);
	return result;
}
SYSCALL(setsid);
