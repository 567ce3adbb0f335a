/*
 * System calls about who runs when, and where.
 */
#ifndef KERNEL_SYS_SCHEDULING_H
#define KERNEL_SYS_SCHEDULING_H

#include "kernel/lib/types.h"

long sys_sched_yield(void);
long sys_sched_getaffinity(int tid, size_t size, uaddr_t mask);
long sys_sched_setaffinity(int tid, size_t size, uaddr_t mask);
long sys_getcpu(uaddr_t cpu, uaddr_t node);
long sys_sched_getscheduler(int tid);
long sys_sched_setscheduler(int tid, int policy, uaddr_t param);
long sys_sched_getparam(int tid, uaddr_t param);
long sys_sched_setparam(int tid, uaddr_t param);
long sys_sched_get_priority_max(int policy);
long sys_sched_get_priority_min(int policy);
long sys_getpriority(int which, int who);
long sys_setpriority(int which, int who, int nice);

#endif
