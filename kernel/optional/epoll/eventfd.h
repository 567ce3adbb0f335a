/*
 * eventfd(2): a counter that can be waited for as a file.
 */
#ifndef KERNEL_OPTIONAL_EVENTFD_H
#define KERNEL_OPTIONAL_EVENTFD_H

#include "kernel/fs/file.h"

/* `flags`: O_NONBLOCK. A read takes the whole count, a semaphore's takes 1.
 * NULL and *error. */
struct file *eventfd_open(uint32_t count, bool semaphore, unsigned flags,
			  int *error);

/* Makes a file that never had a name, with its data; it is shown as `name`.
 * Returns NULL and *error on failure. */
struct file *file_open_nameless(const char *name, const struct file_ops *ops,
				unsigned flags, void *data, int *error);

#endif
