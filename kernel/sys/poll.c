/*
 * poll(2). The waiting itself is done by kernel/fs/poll.c.
 */
#include "kernel/sys/poll.h"

#include "kernel/abi/poll.h"
#include "kernel/fs/poll.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/signal.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"
#include "kernel/sys/time.h"

/* Waits until one of `fds` is ready. A number that is no open file counts as
 * ready: its answer is POLLNVAL. */
static int poll_fds(struct pollfd *fds, struct poll_item *items, unsigned count,
		    uint64_t deadline)
{
	int invalid = 0, result;

	for (unsigned i = 0; i < count; i++) {
		items[i].wanted = (uint16_t)fds[i].events;
		items[i].file = fds[i].fd < 0 ? NULL : fd_get(fds[i].fd);
		fds[i].revents = 0;
		if (!items[i].file && fds[i].fd >= 0) {
			fds[i].revents = POLLNVAL;
			invalid++;
		}
	}
	result = through_signals(
		poll_files(items, count, invalid ? 0 : deadline));
	for (unsigned i = 0; i < count; i++) {
		fds[i].revents |= (int16_t)items[i].found;
		file_put(items[i].file);
	}
	return result < 0 ? result : result + invalid;
}

/* The structures and the items for poll_files() are one allocation. */
long poll_user(uaddr_t address, unsigned count, uint64_t deadline)
{
	size_t fds_size = count * sizeof(struct pollfd);
	struct poll_item *items;
	struct pollfd *fds;
	long result = -EFAULT;

	if (count > current_task()->files->limit)
		return -EINVAL;
	items = kzalloc(count * sizeof(*items) + fds_size + 1);
	if (!items)
		return -ENOMEM;
	fds = (struct pollfd *)(items + count);
	if (copy_from_user(fds, address, fds_size) == 0) {
		result = poll_fds(fds, items, count, deadline);
		if (result >= 0 && copy_to_user(address, fds, fds_size))
			result = -EFAULT;
	}
	kfree(items);
	return result;
}

/* A timeout of 0 only looks; a negative one waits for ever. */
static long sys_poll(uaddr_t fds, unsigned count, int timeout_ms)
{
	return poll_user(fds, count, timeout_ms ? deadline_ms(timeout_ms) : 0);
}
SYSCALL(poll);
