/*
 * The part jobs: job control (POSIX 2.4.3, credentials(7)). Process groups and
 * sessions with kill(2) to a group or to all, stopping and continuing, controlling
 * terminals with their foreground group, and waitid(2). A shell's ^Z, fg, bg
 * and its `jobs` miss it when it is out: ^C then goes to all processes but
 * init, stop signals are ignored, and setsid() answers -ENOSYS. It needs no
 * other part.
 *
 * Everything here is under process_lock.
 */
#ifndef KERNEL_OPTIONAL_JOBS_H
#define KERNEL_OPTIONAL_JOBS_H

#include "kernel/process/signal.h"

/* Has no member of the group a parent elsewhere in the session? Its stop
 * signals are ignored then (POSIX 3.264). process_lock held; `leaving`, which
 * may be NULL, does not count. */
bool group_is_orphaned(struct pid *group, const struct process *leaving);

/* Sends to all processes of a group. process_lock held. */
void group_signal(struct pid *group, int signo);

#endif
