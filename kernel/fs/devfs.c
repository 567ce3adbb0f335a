/*
 * Character devices as files, with the numbers that Linux gives them
 * (Documentation/admin-guide/devices.txt), and what is in the root from the
 * start. The drivers are in kernel/dev/; all other files come with the initrd.
 */
#include "kernel/fs/devfs.h"

#include "kernel/abi/fcntl.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/dev/random.h"
#include "kernel/dev/tty.h"
#include "kernel/fs/names.h"
#include "kernel/fs/path.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/ramfs.h"
#include "kernel/mm/space.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sched/restart.h"

#define DEVICE_NULL    makedev(1, 3)
#define DEVICE_ZERO    makedev(1, 5)
#define DEVICE_TTY     makedev(5, 0)
#define DEVICE_CONSOLE makedev(5, 1)

/* ---- null, zero, random ---- */

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

long random_to_user(uaddr_t to, size_t size)
{
	return fill_user(to, size, random_bytes);
}

/* Reads from a device that has no hardware behind it. */
static long memory_read(struct file *file, uaddr_t to, size_t size,
			uint64_t *position)
{
	(void)position;
	switch (file->inode->rdev) {
	case DEVICE_NULL:
		return 0;
	case DEVICE_ZERO:
		return fill_user(to, size, NULL);
	default:
		return random_to_user(to, size);
	}
}

/* What is written to these devices is lost. */
static long memory_write(struct file *file, uaddr_t from, size_t size,
			 uint64_t *position)
{
	(void)file, (void)from, (void)position;
	return (long)size;
}

static const struct file_ops memory_ops = {
	.read = memory_read,
	.write = memory_write,
	.seek = file_seek_sized,
};

/* The same for /dev/zero, which can be mapped, too. */
static const struct file_ops zero_ops = {
	.read = memory_read,
	.write = memory_write,
	.seek = file_seek_sized,
	.map_ops = &anonymous_ops,
};

/* ---- Terminals ---- */

/* /dev/tty is the process's own terminal, /dev/console the one that console=
 * names, and the others are named by their minor number. */
static int terminal_open(struct file *file)
{
	struct tty *tty;

	switch (file->inode->rdev) {
	case DEVICE_TTY:
		tty = tty_hooks.own ? tty_hooks.own() : NULL;
		break;
	case DEVICE_CONSOLE:
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

/* Must a read or write of the file return at once? */
static bool terminal_nonblock(const struct file *file)
{
	return READ_ONCE(file->flags) & O_NONBLOCK;
}

static long terminal_read(struct file *file, uaddr_t to, size_t size,
			  uint64_t *position)
{
	(void)position;
	return tty_read(file->data, to, size, terminal_nonblock(file));
}

static long terminal_write(struct file *file, uaddr_t from, size_t size,
			   uint64_t *position)
{
	(void)position;
	return tty_write(file->data, from, size, terminal_nonblock(file));
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

/* ---- What is in the root from the start ---- */

static const struct {
	const char *path;
	uint32_t mode;
	uint64_t device;
} nodes[] = {
	{ "/tmp", S_IFDIR | S_ISVTX | 0777, 0 },
	{ "/dev", S_IFDIR | 0755, 0 },
	{ "/dev/shm", S_IFDIR | S_ISVTX | 0777, 0 },
	{ "/dev/null", S_IFCHR | 0666, DEVICE_NULL },
	{ "/dev/zero", S_IFCHR | 0666, DEVICE_ZERO },
	{ "/dev/random", S_IFCHR | 0666, makedev(1, 8) },
	{ "/dev/urandom", S_IFCHR | 0666, makedev(1, 9) },
	{ "/dev/tty1", S_IFCHR | 0600, makedev(4, 1) },
	{ "/dev/ttyS0", S_IFCHR | 0600, makedev(4, 64) },
	{ "/dev/ttyS1", S_IFCHR | 0600, makedev(4, 65) },
	{ "/dev/tty", S_IFCHR | 0666, DEVICE_TTY },
	{ "/dev/console", S_IFCHR | 0600, DEVICE_CONSOLE },
};

const struct file_ops *devfs_file_ops(uint64_t device)
{
	if (device == DEVICE_ZERO)
		return &zero_ops;
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		if (S_ISCHR(nodes[i].mode) && nodes[i].device == device)
			return major(device) == 1 ? &memory_ops : &terminal_ops;
	return NULL;
}

void fs_init(void)
{
	int error = 0;

	root_dentry = ramfs_new(DEVICE_ROOT);
	if (!root_dentry)
		error = -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(nodes) && !error; i++) {
		struct new_inode node = { nodes[i].mode, nodes[i].device,
					  NULL };

		dentry_put(name_create(NULL, nodes[i].path, &node, &error));
	}
	if (error)
		give_up("there is not enough memory for /dev (error %d)",
			-error);
}
