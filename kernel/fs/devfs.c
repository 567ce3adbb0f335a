/*
 * Character devices as files, with the numbers that Linux gives them
 * (Documentation/admin-guide/devices.txt). The drivers are in kernel/dev/.
 */
#include "kernel/fs/devfs.h"

#include "kernel/abi/fcntl.h"
#include "kernel/abi/mman.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/dev/random.h"
#include "kernel/dev/tty.h"
#include "kernel/fs/names.h"
#include "kernel/fs/poll.h"
#include "kernel/mm/space.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/restart.h"

/* ---- null, zero, random ---- */

static long null_read(struct file *file, uaddr_t to, size_t size,
		      uint64_t *position)
{
	(void)file, (void)to, (void)size, (void)position;
	return 0;
}

static long null_write(struct file *file, uaddr_t from, size_t size,
		       uint64_t *position)
{
	(void)file, (void)from, (void)position;
	return (long)size;
}

/* Fills user memory, part by part, with what `fill` makes; with zeros if it is
 * NULL. A signal ends it early. */
static long fill_user(uaddr_t to, size_t size, void (*fill)(void *, size_t))
{
	uint8_t bytes[512] = { 0 };
	size_t done = 0, left = 0;

	while (done < size && !left) {
		size_t chunk = MIN(size - done, sizeof(bytes));

		if (fill)
			fill(bytes, chunk);
		left = copy_to_user_partial(to + done, bytes, chunk);
		done += chunk - left;
		if (done % (64 * sizeof(bytes)) == 0) {
			sched_point();
			if (task_interrupted())
				break;
		}
	}
	return done || !left ? (long)done : -EFAULT;
}

static long zero_read(struct file *file, uaddr_t to, size_t size,
		      uint64_t *position)
{
	(void)file, (void)position;
	return fill_user(to, size, NULL);
}

long random_to_user(uaddr_t to, size_t size)
{
	return fill_user(to, size, random_bytes);
}

static long random_read(struct file *file, uaddr_t to, size_t size,
			uint64_t *position)
{
	(void)file, (void)position;
	return random_to_user(to, size);
}

static const struct file_ops null_ops = {
	.read = null_read,
	.write = null_write,
	.seek = file_seek_nowhere,
};

static const struct file_ops zero_ops = {
	.read = zero_read,
	.write = null_write,
	.seek = file_seek_nowhere,
	.map_ops = &anonymous_ops,
};

static const struct file_ops random_ops = {
	.read = random_read,
	.write = null_write,
	.seek = file_seek_nowhere,
};

/* ---- Terminals ---- */

/* /dev/tty is the process's own terminal, /dev/console the one that console=
 * names, and the others are named by their minor number. */
static int terminal_open(struct file *file)
{
	struct tty *tty;

	switch (file->inode->rdev) {
	case makedev(5, 0):
		tty = tty_hooks.own ? tty_hooks.own() : NULL;
		break;
	case makedev(5, 1):
		tty = tty_console;
		break;
	default:
		tty = tty_of_minor(minor(file->inode->rdev));
		if (tty && !(file->flags & O_NOCTTY) && tty_hooks.opened)
			tty_hooks.opened(tty);
	}
	file->data = tty;
	return tty ? 0 : -ENXIO;
}

static bool nonblocking(const struct file *file)
{
	return READ_ONCE(file->flags) & O_NONBLOCK;
}

static long terminal_read(struct file *file, uaddr_t to, size_t size,
			  uint64_t *position)
{
	(void)position;
	return tty_read(file->data, to, size, nonblocking(file));
}

static long terminal_write(struct file *file, uaddr_t from, size_t size,
			   uint64_t *position)
{
	(void)position;
	return tty_write(file->data, from, size, nonblocking(file));
}

static long terminal_ioctl(struct file *file, unsigned request,
			   uaddr_t argument)
{
	return tty_ioctl(file->data, request, argument);
}

static unsigned terminal_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = file->data;

	poll_wait(table, &tty->readable);
	poll_wait(table, &tty->started);
	return line_discipline->events(tty);
}

static const struct file_ops terminal_ops = {
	.open = terminal_open,
	.read = terminal_read,
	.write = terminal_write,
	.ioctl = terminal_ioctl,
	.poll = terminal_poll,
};

/* ---- Numbers and nodes ---- */

static const struct device {
	unsigned major, minor;
	uint32_t mode;
	const char *path;
	const struct file_ops *ops;
} devices[] = {
	{ 1, 3, 0666, "/dev/null", &null_ops },
	{ 1, 5, 0666, "/dev/zero", &zero_ops },
	{ 1, 8, 0666, "/dev/random", &random_ops },
	{ 1, 9, 0666, "/dev/urandom", &random_ops },
	{ 4, 1, 0600, "/dev/tty1", &terminal_ops },
	{ 4, 64, 0600, "/dev/ttyS0", &terminal_ops },
	{ 4, 65, 0600, "/dev/ttyS1", &terminal_ops },
	{ 5, 0, 0666, "/dev/tty", &terminal_ops },
	{ 5, 1, 0600, "/dev/console", &terminal_ops },
};

const struct file_ops *devfs_file_ops(uint64_t device)
{
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (makedev(devices[i].major, devices[i].minor) == device)
			return devices[i].ops;
	return NULL;
}

void devfs_init(void)
{
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(devices) && !error; i++) {
		const struct device *device = &devices[i];
		struct new_inode node = { S_IFCHR | device->mode,
					  makedev(device->major, device->minor),
					  NULL };

		dentry_put(name_create(NULL, device->path, &node, &error));
	}
	if (error)
		give_up("there is not enough memory for /dev (error %d)",
			-error);
}
