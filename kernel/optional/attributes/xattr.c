/*
 * Extended attributes (man 7 xattr), of which this filesystem has none. A call
 * says so, -EOPNOTSUPP: to -ENOSYS GNU's ls answers with an error message.
 */
#include "kernel/abi/errno.h"
#include "kernel/sys/table.h"

static long sys_no_xattr(void)
{
	return -EOPNOTSUPP;
}
SYSCALL_AS(setxattr, no_xattr);
SYSCALL_AS(lsetxattr, no_xattr);
SYSCALL_AS(fsetxattr, no_xattr);
SYSCALL_AS(getxattr, no_xattr);
SYSCALL_AS(lgetxattr, no_xattr);
SYSCALL_AS(fgetxattr, no_xattr);
SYSCALL_AS(listxattr, no_xattr);
SYSCALL_AS(llistxattr, no_xattr);
SYSCALL_AS(flistxattr, no_xattr);
SYSCALL_AS(removexattr, no_xattr);
SYSCALL_AS(lremovexattr, no_xattr);
SYSCALL_AS(fremovexattr, no_xattr);
