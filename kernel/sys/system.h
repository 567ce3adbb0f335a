/*
 * System calls about the machine and the kernel as a whole.
 */
#ifndef KERNEL_SYS_SYSTEM_H
#define KERNEL_SYS_SYSTEM_H

#include "kernel/lib/types.h"

long sys_uname(uaddr_t to);
long sys_sysinfo(uaddr_t to);
long sys_reboot(unsigned magic1, unsigned magic2, unsigned command);
long sys_number_of_the_beast(void);

#endif
