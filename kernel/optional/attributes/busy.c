/*
 * -ETXTBSY: a file that runs as a program cannot be opened for writing or get
 * another size, and a file that is open for writing cannot be executed.
 *
 * inode->writers counts one kind of use or the other. A program's use begins
 * when its file is opened by execve, and is the open file's at first. When the
 * program runs, the use becomes the process's, which ends it when it begins to
 * exit: the file may be written as soon as the parent knows of the end, even if
 * a reader of /proc still holds the process or its memory.
 */
#include "kernel/abi/errno.h"
#include "kernel/process/load.h"
#include "kernel/process/process.h"

/* Counts one more writer (by 1) or one more program (by -1). Returns false if
 * the other kind is there. */
static bool count_use(struct inode *inode, int by)
{
	int now = READ_ONCE(inode->writers);

	do {
		if (by > 0 ? now < 0 : now > 0)
			return false;
	} while (!atomic_compare_exchange(&inode->writers, &now, now + by));
	return true;
}

/* ---- Open files ---- */

static void count_file(struct file *file, int by, int *error)
{
	if (count_use(file->inode, by))
		file->counted = by;
	else
		*error = -ETXTBSY;
}

static void uncount_file(struct file *file)
{
	if (!file || !file->counted)
		return;
	atomic_fetch_sub(&file->inode->writers, file->counted);
	file->counted = 0;
}
HOOK(file_closed, uncount_file);
HOOK(linker_mapped, uncount_file);

static void count_writer(struct file *file, int *error)
{
	if (!*error && file_writable(file) && S_ISREG(file->inode->mode))
		count_file(file, 1, error);
}
HOOK(file_opened, count_writer);

static void check_size(const struct inode *inode, int *error)
{
	if (READ_ONCE(inode->writers) < 0)
		*error = -ETXTBSY;
}
HOOK(file_resizes, check_size);

/* ---- Programs ---- */

static void count_program(struct file *file, int *error)
{
	count_file(file, -1, error);
}
HOOK(program_opened, count_program);

/* Ends the process's use of the file that it runs from. */
static void stop_running(struct process *process)
{
	struct inode *inode = process->runs;

	process->runs = NULL;
	if (!inode)
		return;
	atomic_fetch_add(&inode->writers, 1);
	inode_put(inode);
}
HOOK(process_ending, stop_running);

/* The open file's use becomes the process's. */
static void start_running(struct process *process)
{
	stop_running(process);
	process->runs = inode_get(process->exe->inode);
	process->exe->counted = 0;
}
HOOK(process_executed, start_running);

/* A child runs from the same file as the task that makes it. */
static void run_too(struct process *child, struct process *parent)
{
	struct process *me = current_process();

	(void)parent; /* with CLONE_PARENT it is not the one that forks */
	if (!me || !me->runs)
		return;
	atomic_fetch_sub(&me->runs->writers, 1);
	child->runs = inode_get(me->runs);
}
HOOK(process_linked, run_too);
