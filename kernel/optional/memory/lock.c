/*
 * mlock(2) and its kin. Nothing is ever swapped, so memory is locked from its
 * first use on: what remains is to bring the pages in, and Linux's errors.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/optional/memory/memory.h"
#include "kernel/process/process.h"
#include "kernel/process/signal.h"
#include "kernel/sys/table.h"

/* 0; -EPERM for a user who may lock nothing, -ENOMEM for one who may not lock so
 * much. What is locked already does not count. */
static int lock_check_limit(size_t size)
{
	struct process *process = current_process();
	uint64_t limit = process->limits[RLIMIT_MEMLOCK].rlim_cur;

	if (process->credentials.euid == 0)
		return 0;
	if (limit == 0)
		return -EPERM;
	return size > limit ? -ENOMEM : 0;
}

/* Makes [start, end) present: 0, -EINTR, -ENOMEM. */
static int lock_bring_in(uaddr_t start, uaddr_t end)
{
	struct space *space = current_task()->space;
	int error = 0;

	for (; start < end && !error; start += PAGE_SIZE) {
		if (signal_is_fatal())
			return -EINTR;
		error = space_fault(space, start, ACCESS_WRITE);
		if (error == -EACCES)
			error = space_fault(space, start, ACCESS_READ);
		sched_point();
	}
	return error ? -ENOMEM : 0;
}

static long lock_range(uaddr_t address, size_t size, bool bring_in)
{
	uaddr_t start = ALIGN_DOWN(address, PAGE_SIZE);
	uaddr_t end = ALIGN_UP(address + size, PAGE_SIZE);
	int error;

	if (end < start)
		return -EINVAL;
	if (bring_in) {
		error = lock_check_limit(end - start);
		if (error)
			return error;
	}
	error = space_check_mapped(current_task()->space, start, end - start);
	return error || !bring_in ? error : lock_bring_in(start, end);
}

static long sys_mlock(uaddr_t address, size_t size)
{
	return lock_range(address, size, true);
}
SYSCALL(mlock);

static long sys_mlock2(uaddr_t address, size_t size, unsigned flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return lock_range(address, size, true);
}
SYSCALL(mlock2);

static long sys_munlock(uaddr_t address, size_t size)
{
	return lock_range(address, size, false);
}
SYSCALL(munlock);

static long sys_mlockall(unsigned flags)
{
	if (!(flags & (MCL_CURRENT | MCL_FUTURE)) ||
	    flags & ~(unsigned)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	return lock_check_limit(
		flags & MCL_CURRENT
			? space_mapped_size(current_task()->space, 0, 0, false)
			: 0);
}
SYSCALL(mlockall);

static long sys_munlockall(void)
{
	return 0;
}
SYSCALL(munlockall);
