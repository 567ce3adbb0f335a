/*
 * Optional part: prctl(2), with what it says of names and families: a thread's
 * name, the signal that a process gets when its parent ends, and the process
 * that becomes the parent of orphans in init's place. Other parts add options
 * by prctl_called.
 *
 * Without it the call answers -ENOSYS. Process supervisors and tools that name
 * their threads miss it. It needs no other part.
 */
#ifndef KERNEL_OPTIONAL_PRCTL_PRCTL_H
#define KERNEL_OPTIONAL_PRCTL_PRCTL_H

#include "kernel/abi/prctl.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/types.h"

struct prctl {
	int option; /* PR_… */
	uint64_t argument[4];
	long result; /* -EINVAL until a part knows the option */
};

/* Raised for an option that this part does not know. */
HOOK_EVENT(prctl_called, struct prctl *call);

#endif
