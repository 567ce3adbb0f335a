/*
 * brk(2): the heap, an area that begins behind the program and whose end the
 * program moves. C libraries use mmap(2) instead where this fails.
 */
#include "kernel/abi/mman.h"
#include "kernel/mm/space.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/task.h"
#include "kernel/sys/memory.h"
#include "kernel/sys/table.h"

static const struct area_ops heap_ops = {
	.fault = anonymous_fault,
	.label = "[heap]",
};

/* Two threads do not move the end at the same time. */
static struct mutex brk_mutex = MUTEX_INIT(brk_mutex);

/* Maps or unmaps what lies between the old end and the new one. Returns whether
 * that could be done. */
static bool brk_move(struct space *space, uaddr_t wanted)
{
	uaddr_t old_end = ALIGN_UP(space->brk, PAGE_SIZE);
	uaddr_t new_end = ALIGN_UP(wanted, PAGE_SIZE);
	struct area more = {
		.start = old_end,
		.end = new_end,
		.prot = PROT_READ | PROT_WRITE,
		.max_prot = PROT_READ | PROT_WRITE | PROT_EXEC,
		.ops = &heap_ops,
	};

	if (new_end < old_end)
		return !space_unmap(space, new_end, old_end - new_end);
	return new_end == old_end ||
	       space_map(space, &more, MAP_FIXED_NOREPLACE) >= 0;
}

/* Sets the end of the heap. Returns where it is then: the old one on failure. */
static long sys_brk(uaddr_t wanted)
{
	struct space *space = current_task()->space;

	mutex_lock(&brk_mutex);
	if (wanted >= space->brk_start && wanted < USER_END &&
	    !(wanted > space->brk &&
	      memory_is_too_much(0, wanted - space->brk, PROT_WRITE, 0)) &&
	    brk_move(space, wanted))
		space->brk = wanted;
	wanted = space->brk;
	mutex_unlock(&brk_mutex);
	return (long)wanted;
}
SYSCALL(brk);
