/*
 * System calls about timers that send signals.
 */
#ifndef KERNEL_SYS_TIMER_H
#define KERNEL_SYS_TIMER_H

#include "kernel/lib/types.h"

long sys_alarm(unsigned seconds);
long sys_getitimer(int which, uaddr_t value);
long sys_setitimer(int which, uaddr_t value, uaddr_t old);
long sys_timer_create(int clock, uaddr_t event, uaddr_t id);
long sys_timer_settime(int id, int flags, uaddr_t value, uaddr_t old);
long sys_timer_gettime(int id, uaddr_t value);
long sys_timer_getoverrun(int id);
long sys_timer_delete(int id);

#endif
