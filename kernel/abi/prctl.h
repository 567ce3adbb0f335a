/*
 * Knobs of the calling task: prctl, and x86's arch_prctl.
 */
#ifndef KERNEL_ABI_PRCTL_H
#define KERNEL_ABI_PRCTL_H

#define ARCH_SET_GS      0x1001
#define ARCH_SET_FS      0x1002
#define ARCH_GET_FS      0x1003
#define ARCH_GET_GS      0x1004
#define ARCH_GET_CPUID   0x1011
#define ARCH_SET_CPUID   0x1012
#define ARCH_MAP_VDSO_32 0x2002
#define ARCH_MAP_VDSO_64 0x2003

#define PR_SET_PDEATHSIG       1
#define PR_GET_PDEATHSIG       2
#define PR_GET_DUMPABLE        3
#define PR_SET_DUMPABLE        4
#define PR_SET_NAME            15
#define PR_GET_NAME            16
#define PR_GET_TSC             25
#define PR_SET_TSC             26
#define PR_TSC_ENABLE          1
#define PR_TSC_SIGSEGV         2
#define PR_SET_TIMERSLACK      29
#define PR_GET_TIMERSLACK      30
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37
#define PR_SET_NO_NEW_PRIVS    38
#define PR_GET_NO_NEW_PRIVS    39
#define PR_SET_VMA             0x53564d41
#define PR_SET_VMA_ANON_NAME   0

#endif
