/*
 * futex(2): which of its operations is meant, and until when.
 */
#include "kernel/optional/threads/futex.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/futex.h"
#include "kernel/sched/restart.h"
#include "kernel/sys/table.h"
#include "kernel/sys/time.h"

/* FUTEX_WAIT's is a duration, the others' is a point in time. */
static int get_end(uaddr_t from, bool relative, uint64_t *deadline)
{
	struct timespec time;
	int error;

	if (relative || !from)
		return get_deadline(deadline, from);
	error = get_timespec(&time, from);
	*deadline = timespec_ns(&time);
	return error;
}

static long wait(struct futex futex, unsigned operation, uint32_t value,
		 uaddr_t timeout, uint32_t bitset)
{
	bool relative = (operation & FUTEX_CMD_MASK) == FUTEX_WAIT;
	bool real = operation & FUTEX_CLOCK_REALTIME && !relative;
	uint64_t deadline;
	int result = get_end(timeout, relative, &deadline);

	if (result)
		return result;
	if (!bitset)
		return -EINVAL;
	result = futex_wait(futex, value, bitset,
			    real ? CLOCK_REALTIME : CLOCK_MONOTONIC, deadline);
	/* a duration would begin anew, however long */
	return result == -EINTR && !timeout ? -ERESTARTSYS : result;
}

static long sys_futex(uaddr_t address, unsigned operation, uint32_t value,
		      uint64_t timeout, uaddr_t address2, uint32_t value3)
{
	bool shared = !(operation & FUTEX_PRIVATE_FLAG);
	struct futex futex = { address, shared };
	struct futex second = { address2, shared };
	int count = (int)value, count2 = (int)timeout;

	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		return wait(futex, operation, value, timeout,
			    FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return wait(futex, operation, value, timeout, value3);
	case FUTEX_WAKE:
		return futex_wake(futex, count, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return value3 ? futex_wake(futex, count, value3) : -EINVAL;
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		if (count < 0 || count2 < 0)
			return -EINVAL;
		return futex_requeue(futex, second, count, count2,
				     (operation & FUTEX_CMD_MASK) ==
						     FUTEX_REQUEUE
					     ? NULL
					     : &value3);
	default:
		return -ENOSYS;
	}
}
SYSCALL(futex);
