/*
 * System calls about processes: birth, death, numbers.
 */
#ifndef KERNEL_SYS_PROCESS_H
#define KERNEL_SYS_PROCESS_H

#include "kernel/lib/types.h"

long sys_fork(void);
long sys_vfork(void);
long sys_clone(uint64_t flags, uaddr_t stack, uaddr_t parent_tid,
	       uaddr_t child_tid, uint64_t tls);
long sys_clone3(uaddr_t args, size_t size);
long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp);
long sys_exit(int status);
long sys_exit_group(int status);
long sys_wait4(int pid, uaddr_t status, int options, uaddr_t rusage);
long sys_waitid(int which, int id, uaddr_t info, int options, uaddr_t rusage);

long sys_getpid(void);
long sys_getppid(void);
long sys_gettid(void);
long sys_set_tid_address(uaddr_t tid);
long sys_setpgid(int pid, int group);
long sys_getpgid(int pid);
long sys_getpgrp(void);
long sys_setsid(void);
long sys_getsid(int pid);

#endif
