/*
 * What fcntl(2) hands on: its commands on record locks.
 */
#ifndef KERNEL_SYS_LOCK_H
#define KERNEL_SYS_LOCK_H

#include "kernel/lib/types.h"

struct file;

/* Any command but these is -EINVAL; else as fcntl_locking(2) says. */
long fcntl_lock(struct file *file, unsigned command, uaddr_t address);

#endif
