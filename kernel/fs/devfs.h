/*
 * Character devices: which number is what, and the nodes in /dev.
 */
#ifndef KERNEL_FS_DEVFS_H
#define KERNEL_FS_DEVFS_H

#include <stdint.h>

#include "kernel/fs/file.h"

/* What a device node with this number can do, or NULL if there is no such
 * device. */
const struct file_ops *devfs_file_ops(uint64_t device);

/* getrandom(2): bytes done, or -EFAULT. */
long random_to_user(uaddr_t to, size_t size);

/* Makes the nodes; /dev is there. */
void devfs_init(void);

#endif
