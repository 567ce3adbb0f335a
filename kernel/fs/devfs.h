/*
 * Character devices: what each number stands for.
 */
#ifndef KERNEL_FS_DEVFS_H
#define KERNEL_FS_DEVFS_H

#include <stdint.h>

#include "kernel/fs/file.h"

/* What a device node with this number can do, or NULL if there is no such
 * device. */
const struct file_ops *devfs_file_ops(uint64_t device);

/* Copies random bytes to a program. Returns how many, or -EFAULT. */
long random_to_user(uaddr_t to, size_t size);

#endif
