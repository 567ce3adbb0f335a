/*
 * Where a thread is: wchan says in which of the kernel's functions it sleeps,
 * syscall in which system call, with what arguments.
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/string.h"
#include "kernel/mm/layout.h"
#include "kernel/optional/procfs/procfs.h"
#include "kernel/process/process.h"

/* What switch_stacks() leaves on the stack of a task that does not run. */
struct saved {
	uint64_t r15, r14, r13, r12, rbx, rbp, rip;
};

static bool on_stack(const struct task *task, uint64_t address)
{
	uint64_t start = (uint64_t)task->stack;

	return address % 8 == 0 && address >= start &&
	       address <= start + KERNEL_STACK_SIZE - sizeof(struct saved);
}

/* The first caller that is no part of the scheduler, or NULL. The task may wake
 * meanwhile, so nothing that stands on its stack is trusted. */
static const char *sleeps_in(const struct task *task)
{
	uint64_t offset, rsp = READ_ONCE(task->context.rsp), rip, rbp;
	const char *name;

	if (READ_ONCE(task->state) == TASK_RUNNABLE || !on_stack(task, rsp))
		return NULL;
	rip = READ_ONCE(((struct saved *)rsp)->rip);
	rbp = READ_ONCE(((struct saved *)rsp)->rbp);
	while ((name = symbol_find(rip, &offset))) {
		if (strncmp(name, "sched", 5) && strncmp(name, "switch", 6))
			return name;
		if (rbp <= rsp || !on_stack(task, rbp))
			return NULL;
		rsp = rbp;
		rip = READ_ONCE(((uint64_t *)rsp)[1]);
		rbp = READ_ONCE(((uint64_t *)rsp)[0]);
	}
	return NULL;
}

static int show_wchan(struct sink *out, struct process *process, int tid)
{
	const char *name = NULL;
	struct task *task;

	spin_lock(&process_lock);
	task = procfs_thread(process, tid);
	if (task && process_may(process, DEED_PTRACE))
		name = sleeps_in(task);
	spin_unlock(&process_lock);
	sink_printf(out, "%s", name ? name : "0");
	return 0;
}

/* proc(5): "running"; or the number, six arguments, stack pointer and program
 * counter, or -1 and only the last two where it is no system call. */
static int show_syscall(struct sink *out, struct process *process, int tid)
{
	struct trapframe tf = { 0 };
	struct task *task;
	bool running = false;

	spin_lock(&process_lock);
	task = procfs_thread(process, tid);
	if (task) {
		running = task != current_task() &&
			  READ_ONCE(task->state) == TASK_RUNNABLE;
		tf = *((struct trapframe *)task->context.stack_top - 1);
	}
	spin_unlock(&process_lock);
	if (!task)
		return -ESRCH;
	if (running)
		sink_printf(out, "running\n");
	else if (!trap_is_syscall(&tf))
		sink_printf(out, "-1 0x%lx 0x%lx\n", tf.rsp, tf.rip);
	else
		sink_printf(
			out,
			"%lu 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n",
			tf.code, tf.rdi, tf.rsi, tf.rdx, tf.r10, tf.r8, tf.r9,
			tf.rsp, tf.rip);
	return 0;
}

PROC_FILES(where_files) = {
	{ .path = "PID/wchan", .mode = 0444, .show_thread = show_wchan },
	{ .path = "PID/task/TID/wchan",
	  .mode = 0444,
	  .show_thread = show_wchan },
	{ .path = "PID/syscall",
	  .mode = 0400,
	  .ptrace = true,
	  .show_thread = show_syscall },
	{ .path = "PID/task/TID/syscall",
	  .mode = 0400,
	  .ptrace = true,
	  .show_thread = show_syscall },
};
