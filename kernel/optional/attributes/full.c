/*
 * /dev/full: a device that has no room for what is written, and reads as zeros.
 * Programs are tested with it: do they notice a full disk?
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/fs/file.h"
#include "kernel/fs/names.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/wait.h"

static long full_read(struct file *file, uaddr_t to, size_t size,
		      uint64_t *position)
{
	static const uint8_t zeros[512];
	size_t done = 0, chunk, left = 0;

	(void)file, (void)position;
	while (done < size && !left) {
		chunk = MIN(size - done, sizeof(zeros));
		left = copy_to_user_partial(to + done, zeros, chunk);
		done += chunk - left;
		sched_point();
		if (task_interrupted())
			break;
	}
	return done || !left ? (long)done : -EFAULT;
}

static long full_write(struct file *file, uaddr_t from, size_t size,
		       uint64_t *position)
{
	(void)file, (void)from, (void)size, (void)position;
	return -ENOSPC;
}

static const struct file_ops full_ops = {
	.read = full_read,
	.write = full_write,
	.seek = file_seek_sized,
};

static void full_init(void)
{
	struct new_inode node = { S_IFCHR | 0666, makedev(1, 7), NULL };
	int error;
	struct dentry *full = name_create(NULL, "/dev/full", &node, &error);

	if (!full)
		give_up("there is not enough memory for /dev/full");
	full->inode->file_ops = &full_ops;
	dentry_put(full);
}
HOOK(boot, full_init);
