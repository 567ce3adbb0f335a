/*
 * Optional part: who runs when and where. sched_*(2) and nice(2): one policy
 * for all, first come first served, whose time slices are longer or shorter by
 * the nice value, and the CPUs that may run a task.
 *
 * Without it all tasks are equal; `nice` and `taskset` do not work. It needs no
 * other part.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/resource.h"
#include "kernel/abi/sched.h"
#include "kernel/abi/time.h"
#include "kernel/cpu/percpu.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/process.h"
#include "kernel/sys/table.h"
#include "kernel/time/tick.h"

/* ---- CPUs --------------------------------------------------------------------- */

static uint64_t present_cpus(void)
{
	return (1ul << cpu_count) - 1;
}

/* The thread, the caller for 0; NULL: there is none. process_lock held. */
static struct task *find_task(int tid)
{
	struct pid *pid;

	if (!tid)
		return current_task();
	pid = pid_find(tid);
	return pid ? pid->task : NULL;
}

static bool exists(int tid)
{
	bool found;

	spin_lock(&process_lock);
	found = find_task(tid);
	spin_unlock(&process_lock);
	return found;
}

static long sys_sched_getaffinity(int tid, size_t size, uaddr_t mask)
{
	uint64_t cpus_allowed = 0;
	struct task *task;

	if (size < sizeof(uint64_t) || size % sizeof(uint64_t))
		return -EINVAL;
	spin_lock(&process_lock);
	task = find_task(tid);
	if (task)
		cpus_allowed = task->affinity & present_cpus();
	spin_unlock(&process_lock);
	if (!task)
		return -ESRCH;
	return put_user64(mask, cpus_allowed) ?: (long)sizeof(uint64_t);
}
SYSCALL(sched_getaffinity);

static long sys_sched_setaffinity(int tid, size_t size, uaddr_t mask)
{
	uint64_t wanted = 0;
	struct task *task;
	long result = 0;

	if (copy_from_user(&wanted, mask, MIN(size, sizeof(wanted))) < 0)
		return -EFAULT;
	wanted &= present_cpus();
	spin_lock(&process_lock);
	task = find_task(tid);
	if (!task)
		result = -ESRCH;
	else if (!process_may(task->process, DEED_SCHED))
		result = -EPERM;
	else if (wanted && sched_balancer)
		sched_balancer->set_affinity(task, (uint32_t)wanted);
	spin_unlock(&process_lock);
	return result ?: wanted ? 0 : -EINVAL;
}
SYSCALL(sched_setaffinity);

/* ---- Policies ----------------------------------------------------------------- */

/* Real time's are known, but nobody gets them. */
static bool is_real_time(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_ordinary(int policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH ||
	       policy == SCHED_IDLE;
}

static long sys_sched_get_priority_max(int policy)
{
	return is_real_time(policy) ? 99 : is_ordinary(policy) ? 0 : -EINVAL;
}
SYSCALL(sched_get_priority_max);

static long sys_sched_get_priority_min(int policy)
{
	return is_real_time(policy) ? 1 : is_ordinary(policy) ? 0 : -EINVAL;
}
SYSCALL(sched_get_priority_min);

static long sys_sched_getscheduler(int tid)
{
	if (tid < 0)
		return -EINVAL;
	return exists(tid) ? SCHED_NORMAL : -ESRCH;
}
SYSCALL(sched_getscheduler);

static long sys_sched_getparam(int tid, uaddr_t to)
{
	if (!to || tid < 0)
		return -EINVAL;
	return exists(tid) ? put_user32(to, 0) : -ESRCH;
}
SYSCALL(sched_getparam);

/* May the thread's policy be changed? 0, -ESRCH, -EPERM. */
static long may_change(int tid)
{
	struct task *task;
	long error = 0;

	spin_lock(&process_lock);
	task = find_task(tid);
	if (!task)
		error = -ESRCH;
	else if (!process_may(task->process, DEED_SCHED))
		error = -EPERM;
	spin_unlock(&process_lock);
	return error;
}

static long sys_sched_setscheduler(int tid, int policy, uaddr_t from)
{
	uint32_t priority;
	long error;

	if (!from || tid < 0 || policy < 0)
		return -EINVAL;
	if (get_user32(&priority, from) < 0)
		return -EFAULT;
	error = may_change(tid);
	if (error)
		return error;
	policy &= ~SCHED_RESET_ON_FORK;
	if (is_real_time(policy))
		return priority >= 1 && priority <= 99 ? -EPERM : -EINVAL;
	return is_ordinary(policy) && !priority ? 0 : -EINVAL;
}
SYSCALL(sched_setscheduler);

static long sys_sched_setparam(int tid, uaddr_t from)
{
	return sys_sched_setscheduler(tid, SCHED_NORMAL, from);
}
SYSCALL(sched_setparam);

/* ---- Nice --------------------------------------------------------------------- */

/* Is the task one of those that `which` and `who` mean? process_lock held. */
static bool is_meant(const struct task *task, int which, int who)
{
	const struct process *process = task->process, *me = current_process();

	switch (which) {
	case PRIO_PROCESS:
		return who ? task->id == who : task == current_task();
	case PRIO_PGRP:
		return who ? process_group_number(process) == who
			   : process->group == me->group;
	default: /* PRIO_USER */
		return process->credentials.uid ==
		       (who ? (uint32_t)who : me->credentials.uid);
	}
}

/* Only root may be nicer to himself than before. */
static int set_nice(struct task *task, int nice)
{
	if (!process_may(task->process, DEED_SCHED))
		return -EPERM;
	if (current_process()->credentials.euid && nice < task->nice)
		return -EACCES;
	sched_set_nice(task, nice);
	return 0;
}

/* Calls one of the two for each that is meant: the best (or an error). */
static int for_all(int which, int who, const int *new_nice)
{
	int result = -ESRCH, one;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	spin_lock(&process_lock);
	for (int id = pid_next(0); id; id = pid_next(id)) {
		struct task *task = pid_find(id)->task;

		if (!task || !is_meant(task, which, who))
			continue;
		/* a number that is never negative: 40 is the nicest to us */
		one = new_nice ? set_nice(task, *new_nice) : 20 - task->nice;
		result = new_nice ? (result == -ESRCH ? one : MIN(result, one))
				  : MAX(result, one);
	}
	spin_unlock(&process_lock);
	return result;
}

static long sys_getpriority(int which, int who)
{
	return for_all(which, who, NULL);
}
SYSCALL(getpriority);

static long sys_setpriority(int which, int who, int nice)
{
	nice = MIN(MAX(nice, PRIO_MIN), PRIO_MAX - 1);
	return for_all(which, who, &nice);
}
SYSCALL(setpriority);
