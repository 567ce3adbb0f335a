/*
 * Limits that programs are compiled with.
 */
#ifndef KERNEL_ABI_LIMITS_H
#define KERNEL_ABI_LIMITS_H

#define NGROUPS_MAX   65536
#define ARG_MAX       131072
#define NAME_MAX      255  /* without the NUL */
#define PATH_MAX      4096 /* with the NUL */
#define PIPE_BUF      4096
#define IOV_MAX       1024
#define HOST_NAME_MAX 64

#endif
