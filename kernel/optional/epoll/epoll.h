/*
 * epoll(7): a file that stands for many others and knows which of them have
 * something, because their wait queues tell it. None of the others is an
 * epoll itself.
 */
#ifndef KERNEL_OPTIONAL_EPOLL_H
#define KERNEL_OPTIONAL_EPOLL_H

#include "kernel/abi/poll.h"
#include "kernel/fs/file.h"

/* A new one, or NULL and *error. */
struct file *epoll_open(int *error);
bool file_is_epoll(const struct file *file);

/*
 * EPOLL_CTL_ADD, _MOD, _DEL of `watched`, whose descriptor is `fd`. 0, -EEXIST,
 * -ENOENT, -EPERM (cannot be waited for), -ENOMEM, -EINVAL.
 */
int epoll_control(struct file *file, int operation, int fd,
		  struct file *watched, const struct epoll_event *event);

/* Up to `max` events; waits for the first until `deadline`, which is as for
 * poll_files(). How many, or -EINTR. */
int epoll_wait(struct file *epoll, struct epoll_event *events, int max,
	       uint64_t deadline);

#endif
