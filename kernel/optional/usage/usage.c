/* The calls on what a process has used and may use: see usage.h. */
#include "kernel/optional/usage/usage.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/times.h"
#include "kernel/fs/file.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/table.h"
#include "kernel/time/tick.h"
#include "kernel/time/timekeeper.h"

static struct usage own_usage(void)
{
	struct usage usage;
	uint64_t syscalls;

	process_usage(current_process(), &usage, &syscalls);
	return usage;
}

static struct usage children_usage(void)
{
	struct process *process = current_process();
	struct usage usage;

	spin_lock(&process_lock);
	usage = process->child_usage;
	spin_unlock(&process_lock);
	return usage;
}

static long sys_getrusage(int who, uaddr_t to)
{
	struct usage usage;

	switch (who) {
	case RUSAGE_SELF:
		usage = own_usage();
		break;
	case RUSAGE_CHILDREN:
		usage = children_usage();
		break;
	case RUSAGE_THREAD:
		usage = task_usage(current_task());
		break;
	default:
		return -EINVAL;
	}
	return to ? usage_put(to, &usage) : -EFAULT;
}
SYSCALL(getrusage);

static long sys_times(uaddr_t to)
{
	struct usage own = own_usage(), children = children_usage();
	struct tms tms = {
		.tms_utime = (int64_t)clock_ticks(own.user_ns),
		.tms_stime = (int64_t)clock_ticks(own.kernel_ns),
		.tms_cutime = (int64_t)clock_ticks(children.user_ns),
		.tms_cstime = (int64_t)clock_ticks(children.kernel_ns),
	};

	if (to && copy_to_user(to, &tms, sizeof(tms)) < 0)
		return -EFAULT;
	return (long)(ktime_monotonic_ns() / 10000000);
}
SYSCALL(times);

/* ---- Limits ------------------------------------------------------------------- */

/* The first process gets the limits that it has on Linux, too. */
static void set_first_limits(struct process *process, struct process *parent)
{
	uint64_t tasks = process_max_tasks() / 2;

	if (parent)
		return;
	process->limits[RLIMIT_CORE].rlim_cur = 0;
	process->limits[RLIMIT_NPROC] = (struct rlimit){ tasks, tasks };
	process->limits[RLIMIT_NOFILE] = (struct rlimit){ 1024, 1024 };
	process->limits[RLIMIT_MEMLOCK] = (struct rlimit){ 8 << 20, 8 << 20 };
	process->limits[RLIMIT_SIGPENDING] = (struct rlimit){ tasks, tasks };
	process->limits[RLIMIT_MSGQUEUE] = (struct rlimit){ 819200, 819200 };
	process->limits[RLIMIT_NICE] = (struct rlimit){ 0, 0 };
	process->limits[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
}
HOOK(process_linked, set_first_limits);

/* Tells the table of descriptors what it has to know. */
static void apply_limit(struct process *process, unsigned resource)
{
	uint64_t limit = process->limits[resource].rlim_cur;
	struct task *task;

	list_for_each_entry (task, &process->threads, thread) {
		if (resource == RLIMIT_NOFILE && task->files)
			task->files->limit = (unsigned)MIN(limit,
							   (uint64_t)FILES_MAX);
		if (resource == RLIMIT_FSIZE && task->files)
			task->files->size_limit = limit;
	}
}

/* process_lock held */
static int change_limit(struct process *process, unsigned resource,
			const struct rlimit *new, struct rlimit *old)
{
	struct rlimit *limit = &process->limits[resource];

	*old = *limit;
	if (!new)
		return 0;
	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (new->rlim_max > limit->rlim_max &&
	    current_process()->credentials.euid)
		return -EPERM;
	if (resource == RLIMIT_NOFILE && new->rlim_max > FILES_MAX)
		return -EPERM;
	*limit = *new;
	apply_limit(process, resource);
	return 0;
}

static int limit_of(int number, unsigned resource, const struct rlimit *new,
		    struct rlimit *old)
{
	struct process *process;
	struct pid *pid;
	int error = -ESRCH;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	spin_lock(&process_lock);
	pid = pid_find(number);
	process = number ? pid ? pid->process : NULL : current_process();
	if (process)
		error = process_may(process, DEED_PRLIMIT)
				? change_limit(process, resource, new, old)
				: -EPERM;
	spin_unlock(&process_lock);
	return error;
}

static long sys_prlimit64(int pid, unsigned resource, uaddr_t new_limit,
			  uaddr_t old_limit)
{
	struct rlimit new, old;
	int error;

	if (new_limit && copy_from_user(&new, new_limit, sizeof(new)) < 0)
		return -EFAULT;
	error = limit_of(pid, resource, new_limit ? &new : NULL, &old);
	if (!error && old_limit)
		error = copy_to_user(old_limit, &old, sizeof(old));
	return error;
}
SYSCALL(prlimit64);

static long sys_getrlimit(unsigned resource, uaddr_t to)
{
	return sys_prlimit64(0, resource, 0, to) ?: to ? 0 : -EFAULT;
}
SYSCALL(getrlimit);

static long sys_setrlimit(unsigned resource, uaddr_t from)
{
	return from ? sys_prlimit64(0, resource, from, 0) : -EFAULT;
}
SYSCALL(setrlimit);
