/*
 * System calls about what processes use and may use.
 */
#ifndef KERNEL_SYS_USAGE_H
#define KERNEL_SYS_USAGE_H

#include "kernel/abi/resource.h"
#include "kernel/lib/types.h"
#include "kernel/process/process.h"

/* Times in rusage's form; what is not counted is 0. */
void usage_fill(struct rusage *rusage, const struct usage *usage);

#endif
