/*
 * System calls about what processes use and may use.
 */
#ifndef KERNEL_SYS_USAGE_H
#define KERNEL_SYS_USAGE_H

#include "kernel/abi/resource.h"
#include "kernel/lib/types.h"
#include "kernel/proc/process.h"

/* Times in rusage's form; what is not counted is 0. */
void usage_fill(struct rusage *rusage, const struct usage *usage);

long sys_getrusage(int who, uaddr_t to);
long sys_times(uaddr_t to);
long sys_prlimit64(int pid, unsigned resource, uaddr_t new, uaddr_t old);
long sys_getrlimit(unsigned resource, uaddr_t to);
long sys_setrlimit(unsigned resource, uaddr_t from);

#endif
