/*
 * System calls about user and group numbers (credentials(7)).
 */
#ifndef KERNEL_SYS_CREDENTIALS_H
#define KERNEL_SYS_CREDENTIALS_H

#include "kernel/lib/types.h"

long sys_getuid(void);
long sys_geteuid(void);
long sys_getgid(void);
long sys_getegid(void);
long sys_getresuid(uaddr_t real, uaddr_t effective, uaddr_t saved);
long sys_getresgid(uaddr_t real, uaddr_t effective, uaddr_t saved);
long sys_setuid(uint32_t uid);
long sys_setgid(uint32_t gid);
long sys_setreuid(uint32_t real, uint32_t effective);
long sys_setregid(uint32_t real, uint32_t effective);
long sys_setresuid(uint32_t real, uint32_t effective, uint32_t saved);
long sys_setresgid(uint32_t real, uint32_t effective, uint32_t saved);
long sys_getgroups(int size, uaddr_t list);
long sys_setgroups(int size, uaddr_t list);

#endif
