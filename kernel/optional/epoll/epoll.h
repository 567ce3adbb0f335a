/*
 * The part "epoll": epoll(7), a file that stands for many others and knows
 * which of them have something, because their wait queues tell it; and
 * eventfd(2), a counter that can be waited for.
 *
 * Without it these calls answer -ENOSYS: Go, Python's asyncio and most servers
 * miss it. It needs the part "select" for epoll_pwait's signal mask.
 */
#ifndef KERNEL_OPTIONAL_EPOLL_H
#define KERNEL_OPTIONAL_EPOLL_H

#include "kernel/abi/poll.h"
#include "kernel/fs/file.h"

/* A new one, or NULL and *error. */
struct file *epoll_open(int *error);
bool file_is_epoll(const struct file *file);

/*
 * EPOLL_CTL_ADD, _MOD, _DEL of `watched`, whose descriptor is `fd`. Returns 0,
 * -EEXIST, -ENOENT, -EPERM (the file cannot be waited for), -ENOMEM, -EINVAL,
 * or -ELOOP (epolls would watch each other).
 */
int epoll_control(struct file *file, int operation, int fd,
		  struct file *watched, const struct epoll_event *event);

/* Gets up to `max` events. Waits for the first one until `deadline`, which is
 * as for poll_files(). Returns how many, or -EINTR. */
int epoll_wait(struct file *epoll, struct epoll_event *events, int max,
	       uint64_t deadline);

#endif
