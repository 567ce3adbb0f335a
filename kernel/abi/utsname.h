/*
 * The kernel's name, for uname.
 */
#ifndef KERNEL_ABI_UTSNAME_H
#define KERNEL_ABI_UTSNAME_H

/* What this kernel says; vdso/note.S says the numbers, too. */
#define KERNEL_RELEASE "6.1.0-colonel"
#define KERNEL_VERSION "#666"

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
