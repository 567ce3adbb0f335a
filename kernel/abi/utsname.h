/*
 * The kernel's name, for uname.
 */
#ifndef KERNEL_ABI_UTSNAME_H
#define KERNEL_ABI_UTSNAME_H

#define __NEW_UTS_LEN 64

struct utsname {
	char sysname[__NEW_UTS_LEN + 1];
	char nodename[__NEW_UTS_LEN + 1];
	char release[__NEW_UTS_LEN + 1];
	char version[__NEW_UTS_LEN + 1];
	char machine[__NEW_UTS_LEN + 1];
	char domainname[__NEW_UTS_LEN + 1];
};

#endif
