/*
 * i386 numbers for the slow gate, int 0x80: always these, whatever the code
 * segment, as on Linux.  All others answer -ENOSYS.
 */
#ifndef KERNEL_ABI_SYSCALL32_H
#define KERNEL_ABI_SYSCALL32_H

/* clang-format off */

#define SYS32_exit 1
#define SYS32_write 4
#define SYS32_getpid 20
#define SYS32_getppid 64
#define SYS32_number_of_the_beast 666

#endif
