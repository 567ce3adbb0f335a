/*
 * Pipes: see pipe.h. The mutex is held while bytes are copied from or to user
 * memory. A task that must wait for bytes or for room waits without it.
 */
#include "kernel/fs/pipe.h"

#include "kernel/abi/limits.h"
#include "kernel/abi/poll.h"
#include "kernel/abi/signal.h"
#include "kernel/abi/termios.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/printf.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/restart.h"

const struct file_ops *fifo_file_ops;

/* Called after mutex_unlock(), whose barrier makes sure that a task which joins
 * the queue now sees the change itself. */
static void wake_waiting(struct wait_queue *queue)
{
	if (!list_empty(&queue->waiters))
		wake_all(queue);
}

struct pipe *pipe_new(void)
{
	struct pipe *pipe = kzalloc(sizeof(*pipe));

	if (!pipe)
		return NULL;
	pipe->size = PIPE_SIZE;
	pipe->pages = pipe->few;
	mutex_init(&pipe->mutex);
	wait_queue_init(&pipe->not_empty);
	wait_queue_init(&pipe->not_full);
	return pipe;
}

void pipe_free(struct pipe *pipe)
{
	if (!pipe)
		return;
	for (size_t i = 0; i < pipe->size / PAGE_SIZE; i++)
		frame_put(pipe->pages[i]);
	if (pipe->pages != pipe->few)
		kfree(pipe->pages);
	kfree(pipe);
}

/* Copies out up to `size` bytes. Returns how many, or -EFAULT. If part of a
 * page cannot be copied, that page's bytes stay. The mutex is held. */
static long pipe_take_bytes(struct pipe *pipe, uaddr_t to, size_t size)
{
	size_t done = 0;

	size = MIN(size, pipe->count);
	while (done < size) {
		size_t offset = pipe->start % PAGE_SIZE;
		size_t chunk = MIN(size - done, PAGE_SIZE - offset);
		uint8_t *page =
			phys_to_virt(pipe->pages[pipe->start / PAGE_SIZE]);

		if (copy_to_user_partial(to + done, page + offset, chunk))
			return done ? (long)done : -EFAULT;
		done += chunk;
		pipe->start = (pipe->start + chunk) & (pipe->size - 1);
		WRITE_ONCE(pipe->count, pipe->count - chunk);
	}
	if (pipe->count == 0)
		pipe->start = 0; /* little traffic stays in one page */
	return (long)done;
}

/* Copies in up to `size` bytes: the counterpart of pipe_take_bytes(), which may
 * also return -ENOMEM. */
static long pipe_put_bytes(struct pipe *pipe, uaddr_t from, size_t size)
{
	size_t done = 0;

	size = MIN(size, pipe->size - pipe->count);
	while (done < size) {
		size_t end = (pipe->start + pipe->count) & (pipe->size - 1);
		size_t offset = end % PAGE_SIZE;
		size_t chunk = MIN(size - done, PAGE_SIZE - offset);
		paddr_t *page = &pipe->pages[end / PAGE_SIZE];

		if (!*page)
			*page = frame_alloc();
		if (!*page)
			return done ? (long)done : -ENOMEM;
		if (copy_from_user_partial((uint8_t *)phys_to_virt(*page) +
						   offset,
					   from + done, chunk))
			return done ? (long)done : -EFAULT;
		done += chunk;
		WRITE_ONCE(pipe->count, pipe->count + chunk);
	}
	return (long)done;
}

/* Is there nothing to read, but something may come? */
static bool pipe_is_idle(const struct pipe *pipe)
{
	return !READ_ONCE(pipe->count) && READ_ONCE(pipe->writers);
}

long pipe_read(struct file *file, uaddr_t to, size_t size, uint64_t *position)
{
	struct pipe *pipe = file->data;
	unsigned writers;
	long done;

	(void)position;
	while (size) {
		if (pipe_is_idle(pipe)) {
			if (file->flags & O_NONBLOCK)
				return -EAGAIN;
			if (wait_event(&pipe->not_empty, !pipe_is_idle(pipe)))
				return -ERESTARTSYS;
		}
		mutex_lock(&pipe->mutex);
		done = pipe_take_bytes(pipe, to, size);
		writers = pipe->writers;
		mutex_unlock(&pipe->mutex);
		if (done > 0)
			wake_waiting(&pipe->not_full);
		if (done)
			return done;
		if (!writers)
			break;
	}
	return 0;
}

/* Is there room for `need` bytes? */
static bool pipe_has_room(const struct pipe *pipe, size_t need)
{
	return READ_ONCE(pipe->size) - READ_ONCE(pipe->count) >= need;
}

/* One try to write. Returns the number of bytes, 0 when there is no room for
 * `need` bytes, or -EPIPE, -EFAULT, -ENOMEM. */
static long pipe_write_once(struct pipe *pipe, uaddr_t from, size_t size,
			    size_t need)
{
	long result = 0;

	mutex_lock(&pipe->mutex);
	if (!pipe->readers)
		result = -EPIPE;
	else if (pipe_has_room(pipe, need))
		result = pipe_put_bytes(pipe, from, size);
	mutex_unlock(&pipe->mutex);
	if (result > 0)
		wake_waiting(&pipe->not_empty);
	return result;
}

long pipe_write(struct file *file, uaddr_t from, size_t size,
		uint64_t *position)
{
	struct pipe *pipe = file->data;
	/* up to PIPE_BUF bytes go in as a whole or not at all (pipe(7)) */
	size_t need = size <= PIPE_BUF ? size : 1, done = 0;
	long result = 0;

	(void)position;
	while (done < size) {
		result = pipe_write_once(pipe, from + done, size - done, need);
		if (result < 0)
			break;
		done += (size_t)result;
		if (result)
			continue;
		result = -EAGAIN;
		if (file->flags & O_NONBLOCK)
			break;
		result = -ERESTARTSYS;
		if (wait_event(&pipe->not_full,
			       pipe_has_room(pipe, need) ||
				       !READ_ONCE(pipe->readers)))
			break;
	}
	if (result == -EPIPE)
		file_signal_self(SIGPIPE);
	return done ? (long)done : result;
}

unsigned pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->data;
	unsigned events = 0;
	size_t count;

	if (file_readable(file))
		poll_wait(table, &pipe->not_empty);
	if (file_writable(file))
		poll_wait(table, &pipe->not_full);
	count = READ_ONCE(pipe->count);
	if (file_readable(file)) {
		if (count)
			events |= POLLIN | POLLRDNORM;
		if (!READ_ONCE(pipe->writers))
			events |= POLLHUP;
	}
	if (file_writable(file)) {
		if (pipe_has_room(pipe, PIPE_BUF))
			events |= POLLOUT | POLLWRNORM;
		if (!READ_ONCE(pipe->readers))
			events |= POLLERR;
	}
	return events;
}

long pipe_ioctl(struct file *file, unsigned request, uaddr_t argument)
{
	struct pipe *pipe = file->data;

	if (request != FIONREAD)
		return -ENOTTY;
	return put_user32(argument, (uint32_t)READ_ONCE(pipe->count));
}

int pipe_open(struct file *file)
{
	struct pipe *pipe = file->inode->data;

	/* access mode 3 is no end */
	if (!file_readable(file) && !file_writable(file))
		return -EINVAL;
	file->data = pipe;
	mutex_lock(&pipe->mutex);
	pipe->readers += file_readable(file);
	pipe->writers += file_writable(file);
	mutex_unlock(&pipe->mutex);
	return 0;
}

void pipe_release(struct file *file)
{
	struct pipe *pipe = file->data;

	mutex_lock(&pipe->mutex);
	pipe->readers -= file_readable(file);
	pipe->writers -= file_writable(file);
	mutex_unlock(&pipe->mutex);
	wake_all(&pipe->not_empty);
	wake_all(&pipe->not_full);
}

static const struct file_ops pipe_ops = {
	.open = pipe_open,
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.release = pipe_release,
};

static void pipe_inode_release(struct inode *inode)
{
	pipe_free(inode->data);
}

static const struct inode_ops pipe_inode_ops = {
	.release = pipe_inode_release,
};

/* A pipe's dentry, which is not in the tree of names but shown as "pipe:[7]".
 * The pipe lives as long as its inode. */
static struct dentry *pipe_dentry(void)
{
	struct inode *inode = inode_new(sizeof(*inode), DEVICE_NAMELESS,
					S_IFIFO | 0600, &pipe_inode_ops,
					&pipe_ops);
	char name[32];

	if (!inode)
		return NULL;
	inode->data = pipe_new();
	if (!inode->data) {
		inode_put(inode);
		return NULL;
	}
	snprintf(name, sizeof(name), "pipe:[%lu]", inode->number);
	return dentry_new(NULL, name, inode);
}

int pipe_create(struct file *ends[2], unsigned flags)
{
	struct dentry *dentry = pipe_dentry();
	int error = -ENFILE;

	if (!dentry)
		return error;
	ends[0] = file_open(dentry, &pipe_ops, O_RDONLY | flags, &error);
	if (ends[0]) {
		ends[1] = file_open(dentry, &pipe_ops, O_WRONLY | flags,
				    &error);
		if (!ends[1])
			file_put(ends[0]);
	}
	dentry_put(dentry);
	return error;
}
