/* RLIMIT_AS and RLIMIT_DATA: how much memory a process may map. */
#include "kernel/abi/mman.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/saturate.h"
#include "kernel/optional/memory/memory.h"
#include "kernel/process/process.h"
#include "kernel/sys/memory.h"

size_t space_mapped_size(struct space *space, uaddr_t start, size_t size,
			 bool data)
{
	uaddr_t end = start ? start + size : 0;
	size_t sum = 0;

	spin_lock(&space->lock);
	for (size_t i = 0; i < space->area_count; i++) {
		const struct area *area = space->areas[i];

		if (data && (!(area->prot & PROT_WRITE) ||
			     area->flags & (AREA_SHARED | AREA_GROWS_DOWN)))
			continue;
		sum += area->end - area->start;
		if (area->start < end && start < area->end)
			sum -= MIN(end, area->end) - MAX(start, area->start);
	}
	spin_unlock(&space->lock);
	return sum;
}

/* Is `size` more than a limit leaves above what is mapped? */
static bool limit_is_exceeded(unsigned resource, uaddr_t start, size_t size,
			      bool data)
{
	uint64_t limit = current_process()->limits[resource].rlim_cur;

	if (limit == RLIM_INFINITY)
		return false;
	return add_saturated(space_mapped_size(current_task()->space, start,
					       size, data),
			     ALIGN_UP(size, PAGE_SIZE)) > limit;
}

static bool limits_are_exceeded(uaddr_t start, size_t size, bool data)
{
	return limit_is_exceeded(RLIMIT_AS, start, size, false) ||
	       (data && limit_is_exceeded(RLIMIT_DATA, start, size, true));
}

static void limits_init(void)
{
	memory_over_limit = limits_are_exceeded;
}
HOOK(boot, limits_init);
