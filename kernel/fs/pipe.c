/*
 * Pipes: a ring of pages between those who write and those who read. The
 * sleeping mutex is held over user copies; whoever must wait waits without it.
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

#define PIPE_PAGES (PIPE_SIZE / PAGE_SIZE)

/* Changed under `mutex`; the counts are looked at without it by those who
 * wait, and looked at again by those who act. */
struct pipe {
	struct mutex mutex;
	size_t start;              /* offset of the first byte in the ring */
	size_t count;              /* bytes in it */
	unsigned readers, writers; /* ends that are open */
	unsigned readers_ever, writers_ever; /* … and were: open(2) of a fifo */
	struct wait_queue not_empty;         /* readers, and who opens a fifo */
	struct wait_queue not_full;          /* writers */
	paddr_t pages[PIPE_PAGES];           /* got when first needed */
};

/* After mutex_unlock(), whose barrier makes the look at the queue safe. */
static void wake_waiting(struct wait_queue *queue)
{
	if (!list_empty(&queue->waiters))
		wake_all(queue);
}

static struct pipe *pipe_new(void)
{
	struct pipe *pipe = kzalloc(sizeof(*pipe));

	if (!pipe)
		return NULL;
	mutex_init(&pipe->mutex);
	wait_queue_init(&pipe->not_empty);
	wait_queue_init(&pipe->not_full);
	return pipe;
}

static void pipe_free(struct pipe *pipe)
{
	for (unsigned i = 0; i < PIPE_PAGES; i++)
		frame_put(pipe->pages[i]);
	kfree(pipe);
}

/* Copies out up to `size` bytes: how many, or -EFAULT. A page's part that
 * cannot be copied whole stays. Mutex held. */
static long take_bytes(struct pipe *pipe, uaddr_t to, size_t size)
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
		pipe->start = (pipe->start + chunk) % PIPE_SIZE;
		WRITE_ONCE(pipe->count, pipe->count - chunk);
	}
	if (pipe->count == 0)
		pipe->start = 0; /* little traffic stays in one page */
	return (long)done;
}

/* Copies in up to `size` bytes: how many, -EFAULT or -ENOMEM; else as
 * take_bytes(). */
static long put_bytes(struct pipe *pipe, uaddr_t from, size_t size)
{
	size_t done = 0;

	size = MIN(size, PIPE_SIZE - pipe->count);
	while (done < size) {
		size_t end = (pipe->start + pipe->count) % PIPE_SIZE;
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

/* Nothing is there to be read, but may come. */
static bool must_wait(const struct pipe *pipe)
{
	return !READ_ONCE(pipe->count) && READ_ONCE(pipe->writers);
}

static long pipe_read(struct file *file, uaddr_t to, size_t size,
		      uint64_t *position)
{
	struct pipe *pipe = file->data;
	unsigned writers;
	long done;

	(void)position;
	while (size) {
		if (must_wait(pipe)) {
			if (file->flags & O_NONBLOCK)
				return -EAGAIN;
			if (wait_event(&pipe->not_empty, !must_wait(pipe)))
				return -ERESTARTSYS;
		}
		mutex_lock(&pipe->mutex);
		done = take_bytes(pipe, to, size);
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

/*
 * One try: bytes; 0 for no room; -EPIPE. What PIPE_BUF bytes hold goes in
 * whole or not at all (pipe(7)).
 */
static long write_once(struct pipe *pipe, uaddr_t from, size_t size,
		       size_t need)
{
	long result = 0;

	mutex_lock(&pipe->mutex);
	if (!pipe->readers)
		result = -EPIPE;
	else if (PIPE_SIZE - pipe->count >= need)
		result = put_bytes(pipe, from, size);
	mutex_unlock(&pipe->mutex);
	if (result > 0)
		wake_waiting(&pipe->not_empty);
	return result;
}

static long pipe_write(struct file *file, uaddr_t from, size_t size,
		       uint64_t *position)
{
	struct pipe *pipe = file->data;
	size_t need = size <= PIPE_BUF ? size : 1, done = 0;
	long result = 0;

	(void)position;
	while (done < size) {
		result = write_once(pipe, from + done, size - done, need);
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
			       PIPE_SIZE - READ_ONCE(pipe->count) >= need ||
				       !READ_ONCE(pipe->readers)))
			break;
	}
	if (result == -EPIPE && file_hooks.signal_self)
		file_hooks.signal_self(SIGPIPE);
	return done ? (long)done : result;
}

static unsigned pipe_poll(struct file *file, struct poll_table *table)
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
		if (!READ_ONCE(pipe->writers) && READ_ONCE(pipe->writers_ever))
			events |= POLLHUP;
	}
	if (file_writable(file)) {
		if (PIPE_SIZE - count >= PIPE_BUF)
			events |= POLLOUT | POLLWRNORM;
		if (!READ_ONCE(pipe->readers))
			events |= POLLERR;
	}
	return events;
}

static long pipe_ioctl(struct file *file, unsigned request, uaddr_t argument)
{
	struct pipe *pipe = file->data;

	if (request != FIONREAD)
		return -ENOTTY;
	return put_user32(argument, (uint32_t)READ_ONCE(pipe->count));
}

/* One end more, by the file's access mode. Mutex held. */
static void count_end(struct pipe *pipe, const struct file *file)
{
	if (file_readable(file)) {
		pipe->readers++;
		pipe->readers_ever++;
	}
	if (file_writable(file)) {
		pipe->writers++;
		pipe->writers_ever++;
	}
}

static void wake_both(struct pipe *pipe)
{
	wake_all(&pipe->not_empty);
	wake_all(&pipe->not_full);
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->data;
	struct inode *inode = file->inode;
	bool last;

	mutex_lock(&inode->mutex);
	mutex_lock(&pipe->mutex);
	if (file_readable(file))
		pipe->readers--;
	if (file_writable(file))
		pipe->writers--;
	last = !pipe->readers && !pipe->writers;
	mutex_unlock(&pipe->mutex);
	if (last) {
		inode->data = NULL;
		pipe_free(pipe);
	} else {
		wake_both(pipe);
	}
	mutex_unlock(&inode->mutex);
}

/* Waits until the other end was opened, as open(2) of a fifo does, but not
 * that of a pipe by way of /proc/PID/fd. */
static int wait_for_other_end(struct file *file, struct pipe *pipe)
{
	unsigned readers = pipe->readers_ever, writers = pipe->writers_ever;

	if (file->inode->device == DEVICE_NAMELESS)
		return 0;
	if ((file->flags & O_ACCMODE) == O_RDONLY) {
		if (pipe->writers || file->flags & O_NONBLOCK)
			return 0;
		return wait_event(&pipe->not_empty,
				  READ_ONCE(pipe->writers_ever) != writers);
	}
	if ((file->flags & O_ACCMODE) == O_RDWR || pipe->readers)
		return 0;
	if (file->flags & O_NONBLOCK)
		return -ENXIO;
	return wait_event(&pipe->not_full,
			  READ_ONCE(pipe->readers_ever) != readers);
}

static int fifo_open(struct file *file)
{
	struct inode *inode = file->inode;
	struct pipe *pipe;
	int result;

	/* access mode 3: no end, so nothing would keep the pipe */
	if (!file_readable(file) && !file_writable(file))
		return -EINVAL;
	mutex_lock(&inode->mutex);
	if (!inode->data)
		inode->data = pipe_new();
	pipe = inode->data;
	if (pipe) {
		file->data = pipe;
		mutex_lock(&pipe->mutex);
		count_end(pipe, file);
		mutex_unlock(&pipe->mutex);
		wake_both(pipe);
	}
	mutex_unlock(&inode->mutex);
	if (!pipe)
		return -ENOMEM;
	result = wait_for_other_end(file, pipe);
	if (result)
		pipe_release(file);
	return result == -EINTR ? -ERESTARTSYS : result;
}

const struct file_ops fifo_ops = {
	.open = fifo_open,
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.release = pipe_release,
};

static const struct inode_ops pipe_inode_ops;

bool file_is_pipe(const struct file *file)
{
	return file->ops == &fifo_ops;
}

/* A pipe without a name in the tree, but with one to show: "pipe:[7]". */
static struct dentry *pipe_dentry(void)
{
	struct inode *inode = inode_new(sizeof(*inode), DEVICE_NAMELESS,
					S_IFIFO | 0600, &pipe_inode_ops,
					&fifo_ops);
	char name[32];

	if (!inode)
		return NULL;
	snprintf(name, sizeof(name), "pipe:[%lu]", inode->number);
	return dentry_new(NULL, name, inode);
}

int pipe_create(struct file *ends[2], unsigned flags)
{
	struct dentry *dentry = pipe_dentry();
	int error = -ENFILE;

	if (!dentry)
		return error;
	ends[0] = file_open(dentry, &fifo_ops, O_RDONLY | flags, &error);
	if (ends[0]) {
		ends[1] = file_open(dentry, &fifo_ops, O_WRONLY | flags,
				    &error);
		if (!ends[1])
			file_put(ends[0]);
	}
	dentry_put(dentry);
	return error;
}
