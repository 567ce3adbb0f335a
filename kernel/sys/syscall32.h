/*
 * INT 0x80: i386's numbers, whatever the code segment, as on Linux.
 */
#ifndef KERNEL_SYS_SYSCALL32_H
#define KERNEL_SYS_SYSCALL32_H

#include "kernel/cpu/trap.h"

syscall_handler syscall32_dispatch;

#endif
