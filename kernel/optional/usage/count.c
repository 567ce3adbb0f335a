/* Counts the CPU time and the system calls of processes: see usage.h. */
#include "kernel/optional/usage/usage.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/exit.h"
#include "vdso/instant.h"

struct usage task_usage(const struct task *task)
{
	if (task == current_task())
		sched_charge();
	return (struct usage){ READ_ONCE(task->time[TIME_USER]),
			       READ_ONCE(task->time[TIME_KERNEL]) };
}

void process_usage_locked(struct process *process, struct usage *usage,
			  uint64_t *syscalls)
{
	struct usage used;
	struct task *task;

	*usage = process->dead_usage;
	*syscalls = process->dead_syscalls;
	list_for_each_entry (task, &process->threads, thread) {
		used = task_usage(task);
		usage_add(usage, &used);
		*syscalls += READ_ONCE(task->context.syscalls);
	}
}

void process_usage(struct process *process, struct usage *usage,
		   uint64_t *syscalls)
{
	spin_lock(&process_lock);
	process_usage_locked(process, usage, syscalls);
	spin_unlock(&process_lock);
}

static struct timeval ns_to_timeval(uint64_t ns)
{
	return (struct timeval){
		.tv_sec = (int64_t)(ns / NSEC_PER_SEC),
		.tv_usec = (int64_t)(ns % NSEC_PER_SEC / 1000),
	};
}

int usage_put(uaddr_t to, const struct usage *usage)
{
	struct rusage rusage = {
		.ru_utime = ns_to_timeval(usage->user_ns),
		.ru_stime = ns_to_timeval(usage->kernel_ns),
	};

	return to ? copy_to_user(to, &rusage, sizeof(rusage)) : 0;
}

static void count_thread(struct process *process, struct task *task)
{
	struct usage usage = task_usage(task);

	usage_add(&process->dead_usage, &usage);
	process->dead_syscalls += task->context.syscalls;
}
HOOK(thread_leaves, count_thread);

static void count_child(const struct process *child, struct wait_result *result)
{
	result->usage = child->dead_usage;
	usage_add(&result->usage, &child->child_usage);
}
HOOK(child_waited, count_child);

static void add_child(struct process *process, const struct wait_result *result)
{
	usage_add(&process->child_usage, &result->usage);
}
HOOK(child_reaped, add_child);

static void put_rusage(uaddr_t to, const struct wait_result *result, int *error)
{
	if (usage_put(to, &result->usage) < 0)
		*error = -EFAULT;
}
HOOK(rusage_wanted, put_rusage);
