/*
 * Pipes and named pipes (pipe(7), fifo(7)).
 */
#ifndef KERNEL_FS_PIPE_H
#define KERNEL_FS_PIPE_H

#include "kernel/fs/file.h"

#define PIPE_SIZE 65536

/* Of a named pipe's inode. */
extern const struct file_ops fifo_ops;

/* pipe2(2): ends[0] is for reading. `flags`: O_NONBLOCK or 0. 0, -ENFILE. */
int pipe_create(struct file *ends[2], unsigned flags);

bool file_is_pipe(const struct file *file);

#endif
