/*
 * What an interrupted system call returns inside the kernel where Linux would
 * start it again: with a handler that has SA_RESTART, or none, the call is
 * repeated; else the program sees EINTR. Never reaches ring 3.
 */
#ifndef KERNEL_SCHED_RESTART_H
#define KERNEL_SCHED_RESTART_H

#define ERESTARTSYS 512

#endif
