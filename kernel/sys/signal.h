#ifndef KERNEL_SYS_SIGNAL_H
#define KERNEL_SYS_SIGNAL_H
/*
 * System calls about signals.
 */
#include "kernel/lib/types.h"

long sys_rt_sigaction(int signo, uaddr_t new, uaddr_t old, size_t size);
long sys_rt_sigprocmask(int how, uaddr_t new, uaddr_t old, size_t size);
long sys_rt_sigpending(uaddr_t set, size_t size);
long sys_rt_sigsuspend(uaddr_t set, size_t size);
long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timeout,
			 size_t size);
long sys_rt_sigqueueinfo(int pid, int signo, uaddr_t info);
long sys_rt_sigreturn(void);
long sys_sigaltstack(uaddr_t new, uaddr_t old);
long sys_pause(void);
long sys_kill(int pid, int signo);
long sys_tkill(int tid, int signo);
long sys_tgkill(int pid, int tid, int signo);

#endif
