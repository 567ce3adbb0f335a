/*
 * Named pipes (fifo(7)). The pipe is made when the first end is opened and
 * freed when the last one is closed; the bytes in it go with it.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/poll.h"
#include "kernel/fs/pipe.h"
#include "kernel/sched/restart.h"

/* How often each kind of end had been opened when this one was added. */
struct fifo_ends {
	unsigned readers_ever, writers_ever;
};

/* Adds an end to the pipe, which it makes if need be. The inode's mutex is
 * held, so no end is opened or closed meanwhile. */
static int fifo_add_end(struct file *file, struct fifo_ends *before)
{
	struct pipe *pipe = file->inode->data;

	/* asked first: an open that fails must not wake a task at the other
	 * end */
	if ((file->flags & (O_ACCMODE | O_NONBLOCK)) ==
		    (O_WRONLY | O_NONBLOCK) &&
	    (!pipe || !pipe->readers))
		return -ENXIO;
	if (!pipe)
		pipe = file->inode->data = pipe_new();
	if (!pipe)
		return -ENOMEM;
	before->readers_ever = pipe->readers_ever;
	before->writers_ever = pipe->writers_ever;
	pipe_open(file);
	/* counted last: a reader whose open() ends by this count must find the
	 * writer there, or its read() is at the end of the file */
	pipe->readers_ever += file_readable(file);
	pipe->writers_ever += file_writable(file);
	wake_all(&pipe->not_empty);
	wake_all(&pipe->not_full);
	return 0;
}

/* Waits for an end of the other kind: one that is open, or one that was opened
 * and closed again since this one was added. */
static int wait_for_other_end(const struct file *file, struct pipe *pipe,
			      const struct fifo_ends *before)
{
	int error = 0;

	switch (file->flags & (O_ACCMODE | O_NONBLOCK)) {
	case O_RDONLY:
		error = wait_event(&pipe->not_empty,
				   READ_ONCE(pipe->writers) ||
					   READ_ONCE(pipe->writers_ever) !=
						   before->writers_ever);
		break;
	case O_WRONLY:
		error = wait_event(&pipe->not_full,
				   READ_ONCE(pipe->readers) ||
					   READ_ONCE(pipe->readers_ever) !=
						   before->readers_ever);
		break;
	}
	return error ? -ERESTARTSYS : 0;
}

static void fifo_release(struct file *file)
{
	struct inode *inode = file->inode;
	struct pipe *pipe = file->data;

	mutex_lock(&inode->mutex);
	pipe_release(file);
	if (!pipe->readers && !pipe->writers) {
		inode->data = NULL;
		pipe_free(pipe);
	}
	mutex_unlock(&inode->mutex);
}

/* A reader that waits for the first writer has no hang-up yet. */
static unsigned fifo_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->data;
	bool waits = file_readable(file) && !READ_ONCE(pipe->writers_ever);
	unsigned events = pipe_poll(file, table);

	if (waits)
		events &= ~(unsigned)POLLHUP;
	return events;
}

static int fifo_open(struct file *file)
{
	struct fifo_ends before;
	int error;

	/* access mode 3 is no end, so nothing would keep the pipe */
	if (!file_readable(file) && !file_writable(file))
		return -EINVAL;
	mutex_lock(&file->inode->mutex);
	error = fifo_add_end(file, &before);
	mutex_unlock(&file->inode->mutex);
	if (error)
		return error;
	error = wait_for_other_end(file, file->data, &before);
	if (error)
		fifo_release(file);
	return error;
}

static const struct file_ops fifo_ops = {
	.open = fifo_open,
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = fifo_poll,
	.release = fifo_release,
};

static void fifo_init(void)
{
	fifo_file_ops = &fifo_ops;
}
HOOK(boot, fifo_init);
