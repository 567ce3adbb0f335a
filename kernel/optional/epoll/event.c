/*
 * The calls of the part "epoll".
 */
#include "kernel/optional/epoll/epoll.h"

#include "kernel/abi/errno.h"
#include "kernel/optional/epoll/eventfd.h"
#include "kernel/optional/select/mask.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/signal.h"
#include "kernel/sys/table.h"
#include "kernel/sys/time.h"

#define EVENTS_AT_ONCE 64 /* more come by the next call */

static long sys_epoll_create1(int flags)
{
	struct file *file;
	int error;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	file = epoll_open(&error);
	return file ? fd_install(file, 0, flags & EPOLL_CLOEXEC) : error;
}
SYSCALL(epoll_create1);

static long sys_epoll_create(int size)
{
	return size > 0 ? sys_epoll_create1(0) : -EINVAL;
}
SYSCALL(epoll_create);

/* The epoll that `fd` stands for, with a reference; NULL and *error. */
static struct file *get_epoll(int fd, int *error)
{
	struct file *file = fd_get(fd);

	*error = -EBADF;
	if (file && !file_is_epoll(file)) {
		file_put(file);
		file = NULL;
		*error = -EINVAL;
	}
	return file;
}

static long sys_epoll_ctl(int fd, int operation, int watched_fd, uaddr_t from)
{
	struct epoll_event event = { 0, 0 };
	struct file *epoll, *watched;
	int result;

	if (operation != EPOLL_CTL_DEL &&
	    copy_from_user(&event, from, sizeof(event)) < 0)
		return -EFAULT;
	watched = fd_get(watched_fd);
	epoll = get_epoll(fd, &result);
	if (epoll && watched)
		result = epoll_control(epoll, operation, watched_fd, watched,
				       &event);
	else if (!watched)
		result = -EBADF;
	file_put(epoll);
	file_put(watched);
	return result;
}
SYSCALL(epoll_ctl);

static int wait_events(struct file *epoll, uaddr_t to, int max,
		       uint64_t deadline)
{
	size_t size = (size_t)max * sizeof(struct epoll_event);
	struct epoll_event *events = kmalloc(size);
	int result;

	if (!events)
		return -ENOMEM;
	result = through_signals(epoll_wait(epoll, events, max, deadline));
	if (result > 0 &&
	    copy_to_user(to, events, (size_t)result * sizeof(*events)) < 0)
		result = -EFAULT;
	kfree(events);
	return result;
}

static long sys_epoll_wait(int fd, uaddr_t to, int max, int timeout_ms)
{
	struct file *epoll;
	int result;

	if (max <= 0 || (size_t)max > INT32_MAX / sizeof(struct epoll_event))
		return -EINVAL;
	epoll = get_epoll(fd, &result);
	if (!epoll)
		return result;
	result = wait_events(epoll, to, MIN(max, EVENTS_AT_ONCE),
			     timeout_ms ? deadline_ms(timeout_ms) : 0);
	file_put(epoll);
	return result;
}
SYSCALL(epoll_wait);

static long sys_epoll_pwait(int fd, uaddr_t to, int max, int timeout_ms,
			    uaddr_t mask, size_t mask_size)
{
	long result = begin_mask(mask, mask_size);

	if (result)
		return result;
	return end_mask(sys_epoll_wait(fd, to, max, timeout_ms));
}
SYSCALL(epoll_pwait);

static long sys_eventfd2(uint32_t count, int flags)
{
	struct file *file;
	int error;

	if (flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE))
		return -EINVAL;
	file = eventfd_open(count, flags & EFD_SEMAPHORE,
			    (unsigned)flags & O_NONBLOCK, &error);
	return file ? fd_install(file, 0, flags & EFD_CLOEXEC) : error;
}
SYSCALL(eventfd2);

static long sys_eventfd(uint32_t count)
{
	return sys_eventfd2(count, 0);
}
SYSCALL(eventfd);
