/* Counters as files: see eventfd.h. */
#include "kernel/optional/epoll/eventfd.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/poll.h"
#include "kernel/fs/poll.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/restart.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
	uint64_t count; /* atomic */
	bool semaphore;
	struct wait_queue changed;
};

/* What a read gets, taken off; 0: nothing is there. */
static uint64_t event_take(struct eventfd *event)
{
	uint64_t count = READ_ONCE(event->count), taken;

	do {
		taken = event->semaphore ? MIN(count, 1u) : count;
	} while (
		!atomic_compare_exchange(&event->count, &count, count - taken));
	return taken;
}

static bool event_give(struct eventfd *event, uint64_t value)
{
	uint64_t count = READ_ONCE(event->count);

	do {
		if (value > COUNT_MAX - count)
			return false;
	} while (
		!atomic_compare_exchange(&event->count, &count, count + value));
	return true;
}

static long eventfd_read(struct file *file, uaddr_t to, size_t size,
			 uint64_t *position)
{
	struct eventfd *event = file->data;
	uint64_t value;

	(void)position;
	if (size < sizeof(value))
		return -EINVAL;
	value = event_take(event);
	if (!value && file->flags & O_NONBLOCK)
		return -EAGAIN;
	if (!value && wait_event(&event->changed, (value = event_take(event))))
		return -ERESTARTSYS;
	wake_all(&event->changed);
	return put_user64(to, value) ?: (long)sizeof(value);
}

static long eventfd_write(struct file *file, uaddr_t from, size_t size,
			  uint64_t *position)
{
	struct eventfd *event = file->data;
	uint64_t value;
	bool done;

	(void)position;
	if (size < sizeof(value))
		return -EINVAL;
	if (get_user64(&value, from) < 0)
		return -EFAULT;
	if (value > COUNT_MAX)
		return -EINVAL;
	done = event_give(event, value);
	if (!done && file->flags & O_NONBLOCK)
		return -EAGAIN;
	if (!done && wait_event(&event->changed, event_give(event, value)))
		return -ERESTARTSYS;
	wake_all(&event->changed);
	return sizeof(value);
}

static unsigned eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *event = file->data;
	uint64_t count;

	poll_wait(table, &event->changed);
	count = READ_ONCE(event->count);
	return (count ? POLLIN | POLLRDNORM : 0) |
	       (count < COUNT_MAX ? POLLOUT | POLLWRNORM : 0);
}

static void eventfd_release(struct file *file)
{
	kfree(file->data);
}

static const struct file_ops eventfd_ops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
};

static const struct inode_ops nameless_inode_ops;

struct file *file_open_nameless(const char *name, const struct file_ops *ops,
				unsigned flags, void *data, int *error)
{
	/* without operations of the inode's own: it cannot be opened again by
	 * way of /proc/PID/fd (-ENXIO) */
	struct inode *inode = inode_new(sizeof(*inode), DEVICE_NAMELESS, 0600,
					&nameless_inode_ops, NULL);
	struct dentry *dentry = inode ? dentry_new(NULL, name, inode) : NULL;
	struct file *file;

	*error = -ENFILE;
	if (!dentry)
		return NULL;
	file = file_open(dentry, ops, flags, error);
	if (file)
		file->data = data;
	dentry_put(dentry);
	return file;
}

struct file *eventfd_open(uint32_t count, bool semaphore, unsigned flags,
			  int *error)
{
	struct eventfd *event = kzalloc(sizeof(*event));
	struct file *file;

	*error = -ENOMEM;
	if (!event)
		return NULL;
	event->count = count;
	event->semaphore = semaphore;
	wait_queue_init(&event->changed);
	file = file_open_nameless("anon_inode:[eventfd]", &eventfd_ops,
				  O_RDWR | flags, event, error);
	if (!file)
		kfree(event);
	return file;
}
