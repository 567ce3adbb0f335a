/*
 * A process's address space as files: the row of its areas, and the bytes.
 */
#include "kernel/optional/procfs/memory_file.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/limits.h"
#include "kernel/abi/mman.h"
#include "kernel/lib/printf.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/space.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/process.h"
#include "kernel/process/signal.h"
#include "kernel/sched/sched.h"

/* Linux writes the names from this column on (49 + 6 * 4). */
#define NAME_COLUMN 73

static void show_area(struct sink *out, struct area *area, char *buffer)
{
	uint64_t device = 0, inode = 0;
	const char *name = area->ops->label;
	char line[128];
	int length;

	if (area->ops->identity)
		area->ops->identity(area, &device, &inode);
	if (area->ops->name)
		name = area->ops->name(area, buffer, PATH_MAX);
	length = snprintf(line, sizeof(line),
			  "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ",
			  area->start, area->end,
			  area->prot & PROT_READ ? 'r' : '-',
			  area->prot & PROT_WRITE ? 'w' : '-',
			  area->prot & PROT_EXEC ? 'x' : '-',
			  area->flags & AREA_SHARED ? 's' : 'p',
			  area->object ? area->offset : 0,
			  (unsigned)(device >> 8), (unsigned)(device & 0xff),
			  inode);
	if (!name) {
		sink_printf(out, "%s\n", line);
		return;
	}
	sink_printf(out, "%-*s", MAX(length, NAME_COLUMN), line);
	/* a newline in a path forges no area */
	for (; *name; name++)
		sink_printf(out, *name == '\n' ? "\\012" : "%c", *name);
	sink_printf(out, "\n");
}

int show_maps(struct sink *out, struct process *process)
{
	struct space *space = procfs_space(process);
	char *buffer;

	if (!space)
		return 0;
	buffer = kmalloc(PATH_MAX);
	if (buffer) {
		spin_lock(&space->lock);
		for (size_t i = 0; i < space->area_count; i++)
			show_area(out, space->areas[i], buffer);
		spin_unlock(&space->lock);
	}
	space_put(space);
	kfree(buffer);
	return buffer ? 0 : -ENOMEM;
}

/* ---- mem ------------------------------------------------------------------------ */

/*
 * An open file is good for the program that ran when it was opened, and for no
 * later one (CVE-2012-0056): it remembers the program's generation.
 */
static int memory_open(struct file *file)
{
	struct process *process = procfs_process(file);

	if (!process)
		return -ESRCH;
	return procfs_ptrace(process, (uint64_t *)&file->data);
}

/* The space that the file was opened for, with a reference, or NULL. */
static struct space *open_space(struct file *file)
{
	struct process *process = procfs_process(file);
	struct space *space = NULL;
	struct task *task;

	if (!process)
		return NULL;
	spin_lock(&process_lock);
	task = procfs_thread(process, 0);
	if (task && task->space &&
	    process->generation == (uint64_t)file->data) {
		space = task->space;
		space_get(space);
	}
	spin_unlock(&process_lock);
	return space;
}

/* At most to the end of a page. Bytes, or -errno where there are none. */
static long move_part(struct space *space, uaddr_t user, uaddr_t address,
		      size_t size, bool write, char *page)
{
	long part;

	size = MIN(size, PAGE_SIZE - address % PAGE_SIZE);
	if (write && copy_from_user(page, user, size) < 0)
		return -EFAULT;
	part = space_copy(space, address, page, size, write);
	if (part <= 0)
		return -EIO;
	if (!write && copy_to_user(user, page, (size_t)part) < 0)
		return -EFAULT;
	return part;
}

static long move(struct space *space, uaddr_t user, size_t size,
		 uint64_t *position, bool write, char *page)
{
	size_t done = 0;
	long part = 0;

	while (done < size) {
		sched_point();
		if (signal_is_fatal())
			break;
		part = move_part(space, user + done, *position, size - done,
				 write, page);
		if (part < 0)
			break;
		done += (size_t)part;
		*position += (uint64_t)part;
	}
	return done ? (long)done : part;
}

static long transfer(struct file *file, uaddr_t user, size_t size,
		     uint64_t *position, bool write)
{
	struct space *space = open_space(file);
	char *page;
	long result = -ENOMEM;

	if (!space)
		return 0; /* as for a process that has ended */
	page = kmalloc(PAGE_SIZE);
	if (page)
		result = move(space, user, size, position, write, page);
	kfree(page);
	space_put(space);
	return result;
}

static long memory_read(struct file *file, uaddr_t to, size_t size,
			uint64_t *position)
{
	return transfer(file, to, size, position, false);
}

static long memory_write(struct file *file, uaddr_t from, size_t size,
			 uint64_t *position)
{
	return transfer(file, from, size, position, true);
}

/* Addresses are positions, and have no end to count from. They go round beyond
 * 2^64, as on Linux. */
static long memory_seek(struct file *file, int64_t offset, int whence)
{
	uint64_t position = (uint64_t)offset;

	if (whence == SEEK_CUR)
		position += file->position;
	else if (whence != SEEK_SET)
		return -EINVAL;
	file->position = position;
	return (long)position;
}

const struct file_ops memory_file_ops = {
	.open = memory_open,
	.read = memory_read,
	.write = memory_write,
	.seek = memory_seek,
};
