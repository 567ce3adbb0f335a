/*
 * From a system call's number to the function that does it.
 */
#ifndef KERNEL_SYS_TABLE_H
#define KERNEL_SYS_TABLE_H

#include <stdbool.h>

/* enosys=say: a call that is not there is named on the console, once. */
extern bool syscall_say_absent;

/* Installs both dispatchers: trap_hooks.syscall, trap_hooks.syscall32. */
void syscall_init(void);

#endif
