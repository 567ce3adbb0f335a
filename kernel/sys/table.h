#ifndef KERNEL_SYS_TABLE_H
#define KERNEL_SYS_TABLE_H
/*
 * From a system call's number to the function that does it.
 */

/* Installs both dispatchers: trap_hooks.syscall, trap_hooks.syscall32. */
void syscall_init(void);

#endif
