/*
 * What uname(2) answers.
 */
#ifndef KERNEL_SYS_SYSTEM_H
#define KERNEL_SYS_SYSTEM_H

#include "kernel/abi/utsname.h"

/* Constant, but for the nodename: /proc/sys/kernel/hostname. */
extern struct utsname system_name;

#endif
