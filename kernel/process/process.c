/*
 * The process tree: which process is whose child, and how long the structs live.
 * How processes begin and end is told in fork.c and exit.c.
 */
#include "kernel/process/process.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/space.h"
#include "kernel/process/signal.h"

struct spinlock process_lock = SPINLOCK_INIT(RANK_PROCESS);
struct process *init_process;
unsigned process_task_count;
bool (*process_permission)(const struct process *process,
			   enum process_deed deed);
bool (*process_user_is_full)(const struct process *me);

/* Tasks that have ended and are to be freed, by task->thread. Under
 * process_lock. */
static struct list_node dead_tasks = LIST_INIT(dead_tasks);

/* Frames of RAM for each task there may be: it needs a stack and page tables. */
#define FRAMES_PER_TASK 32

unsigned process_max_tasks(void)
{
	return (unsigned)MIN(frame_count_total() / FRAMES_PER_TASK,
			     PID_MAX / 2ul);
}

bool process_may_add_task(void)
{
	const struct process *me = current_process();
	unsigned limit = process_max_tasks();

	if (me->credentials.euid)
		limit -= limit / 16;
	return READ_ONCE(process_task_count) < limit &&
	       !(process_user_is_full && process_user_is_full(me));
}

void process_get(struct process *process)
{
	atomic_fetch_add(&process->refs, 1);
}

/* The last reference is the tree's, or that of a caller of process_find(). */
void process_put(struct process *process)
{
	if (atomic_fetch_sub(&process->refs, 1) != 1)
		return;
	if (process->pid)
		pid_put(process->pid);
	if (process->group) {
		pid_put(process->group);
		pid_put(process->session);
	}
	sighand_put(process->sighand);
	file_put(process->exe);
	kfree(process);
}

struct process *process_find(int number)
{
	struct process *process = NULL;
	struct pid *pid;

	spin_lock(&process_lock);
	pid = pid_find(number);
	if (pid && pid->process) {
		process = pid->process;
		process_get(process);
	}
	spin_unlock(&process_lock);
	return process;
}

struct files *process_set_files(struct task *task, struct files *files)
{
	struct files *old;

	spin_lock(&process_lock);
	old = task->files;
	task->files = files;
	spin_unlock(&process_lock);
	return old;
}

/* Without the part usage the stack's size is the only limit that is set. */
static void set_default_limits(struct process *process)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		process->limits[i] = (struct rlimit){ RLIM_INFINITY,
						      RLIM_INFINITY };
	process->limits[RLIMIT_STACK].rlim_cur = 8ul << 20;
}

static uint64_t made; /* processes ever; atomic */

uint64_t process_made_count(void)
{
	return READ_ONCE(made);
}

/* Everything that a child inherits and that is no object of its own is copied
 * here. */
struct process *process_new(struct process *from, struct sighand *sighand)
{
	struct process *process = sighand ? kzalloc(sizeof(*process)) : NULL;

	if (!process) {
		if (sighand)
			sighand_put(sighand);
		return NULL;
	}
	atomic_fetch_add(&made, 1);
	process->refs = 1;
	process->sighand = sighand;
	process->exit_signal = SIGCHLD;
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->threads);
	wait_queue_init(&process->vfork_wait);
	wait_queue_init(&process->child_wait);
	if (from) {
		process->credentials = from->credentials;
		process->dumpable = from->dumpable;
		process->no_new_privs = from->no_new_privs;
		process->oom_score_adj = from->oom_score_adj;
		memcpy(process->limits, from->limits, sizeof(from->limits));
		process->exe = file_get(from->exe);
	} else {
		set_default_limits(process);
	}
	return process;
}

uint64_t process_new_generation(void)
{
	static uint64_t last;

	return atomic_fetch_add(&last, 1) + 1;
}

/* The tree holds a reference to the number, too. */
void process_link(struct process *process, struct pid *pid,
		  struct process *parent)
{
	pid_get(pid);
	process->pid = pid;
	pid->process = process;
	process->generation = process_new_generation();
	process->parent = parent;
	HOOK_CALL(process_linked, process, parent);
	if (!parent) {
		init_process = process;
		return;
	}
	process->parent_number = parent->pid->number;
	list_add_tail(&process->sibling, &parent->children);
}

void process_unlink(struct process *process)
{
	list_remove(&process->sibling);
	process->parent = NULL;
	process->pid->process = NULL;
	HOOK_CALL(process_unlinked, process);
	pid_left(process->pid);
}

void process_add_dead_task(struct task *task)
{
	list_add_tail(&task->thread, &dead_tasks);
}

/* A task cannot free the stack that it runs on, so the next task that forks, ends
 * or waits frees it. */
void process_reap(void)
{
	struct task *task;

	if (list_empty(&dead_tasks))
		return;
	for (;;) {
		spin_lock(&process_lock);
		task = list_first(&dead_tasks, struct task, thread);
		if (task)
			list_remove(&task->thread);
		spin_unlock(&process_lock);
		if (!task)
			return;
		task_free(task);
		atomic_fetch_sub(&process_task_count, 1);
	}
}
