/*
 * System calls about signals.
 */
#ifndef KERNEL_SYS_SIGNAL_H
#define KERNEL_SYS_SIGNAL_H

#include "kernel/lib/types.h"

/*
 * The signal mask that ppoll and its like take for their time: 0, -EFAULT,
 * -EINVAL; `mask` 0 is none. end_mask() is due afterwards, and hands through
 * the call's result: after -EINTR the handler that runs first takes it off.
 */
int begin_mask(uaddr_t mask, size_t size);
long end_mask(long result);

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
