/*
 * What procfs asks of the process tree: who is there, and what they have open.
 */
#include "kernel/mm/space.h"
#include "kernel/optional/procfs/procfs_node.h"

int procfs_next_process(int from)
{
	int number = from - 1;

	spin_lock(&process_lock);
	do {
		number = pid_next(number);
	} while (number && !pid_find(number)->process);
	spin_unlock(&process_lock);
	return number ? number : -1;
}

struct task *procfs_thread(struct process *process, int tid)
{
	struct task *task;

	list_for_each_entry (task, &process->threads, thread)
		if (!tid || task->id == tid)
			return task;
	return NULL;
}

struct space *procfs_space(struct process *process)
{
	struct space *space = NULL;
	struct task *task;

	spin_lock(&process_lock);
	task = procfs_thread(process, 0);
	if (task && task->space) {
		space = task->space;
		space_get(space);
	}
	spin_unlock(&process_lock);
	return space;
}

int procfs_ptrace(struct process *process, uint64_t *generation)
{
	bool may;

	spin_lock(&process_lock);
	may = process_may(process, DEED_PTRACE);
	*generation = process->generation;
	spin_unlock(&process_lock);
	return may ? 0 : -EACCES;
}

int procfs_next_thread(struct process *process, int from)
{
	struct task *task;
	int next = -1;

	spin_lock(&process_lock);
	list_for_each_entry (task, &process->threads, thread)
		if (task->id >= from && (next < 0 || task->id < next))
			next = task->id;
	spin_unlock(&process_lock);
	return next;
}

/*
 * The descriptors of a process, or NULL when it has ended. process_lock is held
 * and keeps them: a reference would count as one more task that shares them.
 */
static struct files *files_of(struct process *process)
{
	struct task *task = procfs_thread(process, 0);

	return task ? task->files : NULL;
}

struct file *procfs_file(struct process *process, int fd)
{
	struct file *file = NULL;
	struct files *files;

	spin_lock(&process_lock);
	files = files_of(process);
	if (files)
		file = files_get_file(files, fd);
	spin_unlock(&process_lock);
	return file;
}

/* The first descriptor from `fd` on that is open, or -1. */
static int next_open(struct files *files, int fd)
{
	spin_lock(&files->lock);
	while (fd >= 0 && (unsigned)fd < files->capacity &&
	       !files->slots[fd].file)
		fd++;
	if ((unsigned)fd >= files->capacity)
		fd = -1;
	spin_unlock(&files->lock);
	return fd;
}

int procfs_next_file(struct process *process, int fd)
{
	struct files *files;
	int next = -1;

	spin_lock(&process_lock);
	files = files_of(process);
	if (files)
		next = next_open(files, fd);
	spin_unlock(&process_lock);
	return next;
}
