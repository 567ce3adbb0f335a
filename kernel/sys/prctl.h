/*
 * prctl(2): the core knows the thread's name; a part hooks in what it knows.
 */
#ifndef KERNEL_SYS_PRCTL_H
#define KERNEL_SYS_PRCTL_H

#include "kernel/abi/prctl.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/types.h"

struct prctl {
	int option; /* PR_… */
	uint64_t argument[4];
	long result; /* -EINVAL until somebody knows the option */
};

/* A call whose option the core does not know. */
HOOK_EVENT(prctl_called, struct prctl *call);

#endif
