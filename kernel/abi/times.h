/*
 * CPU time in ticks of 1/100 second, for times.
 */
#ifndef KERNEL_ABI_TIMES_H
#define KERNEL_ABI_TIMES_H

#include <stdint.h>

struct tms {
	int64_t tms_utime;  /* in user mode */
	int64_t tms_stime;  /* in the kernel */
	int64_t tms_cutime; /* the same of waited-for children */
	int64_t tms_cstime;
};

#endif
