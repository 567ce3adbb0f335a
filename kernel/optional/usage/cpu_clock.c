/* Reads the clocks of CPU time: see cpu_clock.h. */
#include "kernel/optional/usage/cpu_clock.h"

#include "kernel/abi/errno.h"
#include "kernel/optional/usage/usage.h"
#include "kernel/sys/time.h"

/* The CPU time of a thread of `process`. */
static int thread_usage(struct process *process, int number,
			struct usage *usage)
{
	struct pid *pid;
	struct task *task;

	spin_lock(&process_lock);
	pid = pid_find(number);
	task = pid ? pid->task : NULL;
	if (task && task->process != process)
		task = NULL;
	if (task)
		*usage = task_usage(task);
	spin_unlock(&process_lock);
	return task ? 0 : -EINVAL;
}

int cpu_clock_read(struct process *process, int clock, uint64_t *ns)
{
	int number = CPU_CLOCK_NUMBER(clock), kind = clock & CPU_CLOCK_KIND;
	struct usage usage;
	uint64_t syscalls;

	if (kind == CPU_CLOCK_KIND)
		return -EINVAL;
	if (clock & CPU_CLOCK_THREAD) {
		if (thread_usage(process, number ? number : current_task()->id,
				 &usage))
			return -EINVAL;
	} else {
		process = number ? process_find(number) : process;
		if (!process)
			return -EINVAL;
		process_usage(process, &usage, &syscalls);
		if (number)
			process_put(process);
	}
	*ns = usage.user_ns + (kind == 1 ? 0 : usage.kernel_ns);
	return 0;
}

static void read_own_clock(int clock, uint64_t *ns, int *error)
{
	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		clock = CPU_CLOCK_ALL;
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		clock = CPU_CLOCK_OF_THREAD(0);
	*error = cpu_clock_read(current_process(), clock, ns);
}
HOOK(cpu_clock_read, read_own_clock);
