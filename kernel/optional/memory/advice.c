/*
 * madvise(2) and msync(2). Files are in memory and nothing is swapped, so of
 * all advice only MADV_DONTNEED does something.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/mm/area.h"
#include "kernel/optional/memory/memory.h"
#include "kernel/sched/task.h"
#include "kernel/sys/table.h"

int space_check_mapped(struct space *space, uaddr_t start, size_t size)
{
	uaddr_t end = range_end(start, size);
	int error;

	if (!size)
		return 0;
	if (!end)
		return -ENOMEM;
	spin_lock(&space->lock);
	error = areas_check_protect(space, start, end, 0);
	spin_unlock(&space->lock);
	return error == -ENOMEM ? error : 0;
}

/*
 * Drops the pages of [start, start + size), not the areas: private ones start
 * anew at the next fault. 0, -EINVAL, -ENOMEM for a hole.
 */
static int space_discard(struct space *space, uaddr_t start, size_t size)
{
	uaddr_t end = range_end(start, size);
	struct gather gather __uninitialized;
	int error;

	if (!size)
		return 0;
	if (!end)
		return -EINVAL;
	space_lock(space, &gather);
	error = areas_check_protect(space, start, end, 0);
	pages_drop(&gather, start, end);
	space_unlock(&gather);
	return error == -ENOMEM ? error : 0;
}

/* Most advice is for machines that page to a disk. */
static long sys_madvise(uaddr_t start, size_t size, int advice)
{
	struct space *space = current_task()->space;

	if (start % PAGE_SIZE)
		return -EINVAL;
	switch (advice) {
	case MADV_DONTNEED:
		return space_discard(space, start, size);
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_FREE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
		return space_check_mapped(space, start, size);
	default:
		return -EINVAL;
	}
}
SYSCALL(madvise);

/* Files are in memory: what is mapped is the file. */
static long sys_msync(uaddr_t start, size_t size, int flags)
{
	if (start % PAGE_SIZE ||
	    (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)))
		return -EINVAL;
	if ((flags & MS_ASYNC) && (flags & MS_SYNC))
		return -EINVAL;
	return space_check_mapped(current_task()->space, start, size);
}
SYSCALL(msync);
