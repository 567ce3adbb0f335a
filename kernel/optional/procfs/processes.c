/*
 * What procfs asks of the process tree: who is there, and what they have open.
 */
#include "kernel/optional/procfs/procfs_node.h"

int procfs_next_process(int number)
{
	spin_lock(&process_lock);
	do {
		number = pid_next(number);
	} while (number && !pid_find(number)->process);
	spin_unlock(&process_lock);
	return number;
}

/* The descriptors of a process, with a reference, or NULL: it has ended. */
static struct files *files_of(struct process *process)
{
	struct files *files = NULL;
	struct task *task;

	spin_lock(&process_lock);
	task = list_first(&process->threads, struct task, thread);
	if (task && task->files) {
		files = task->files;
		files_get(files);
	}
	spin_unlock(&process_lock);
	return files;
}

struct file *procfs_file(struct process *process, int fd)
{
	struct files *files = files_of(process);
	struct file *file;

	if (!files)
		return NULL;
	file = files_get_file(files, fd);
	files_put(files);
	return file;
}

int procfs_next_file(struct process *process, int fd)
{
	struct files *files = files_of(process);
	int next;

	if (!files)
		return -1;
	next = files_next(files, fd);
	files_put(files);
	return next;
}
