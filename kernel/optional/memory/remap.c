/*
 * mremap(2): an area grows, shrinks or moves, its pages with it.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/mm/area.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/task.h"
#include "kernel/sys/memory.h"
#include "kernel/sys/table.h"

#define TABLE_REACH (PAGE_SIZE * PT_ENTRIES) /* what one page table covers */

/* What is asked for; sizes are whole pages. */
struct remap {
	struct gather gather;
	struct space *space;
	uaddr_t start;
	size_t size, new_size;
	unsigned flags; /* MREMAP_… */
	uaddr_t target; /* for MREMAP_FIXED */
};

/* Moves the page-table entries. Returns 0, or -ENOMEM before any has moved. */
static int move_pages(struct gather *gather, uaddr_t from, uaddr_t to,
		      size_t size)
{
	paddr_t root = gather->space->root;
	uaddr_t address = from;
	pte_t *entry;

	for (uaddr_t at = to; at < to + size;
	     at = ALIGN_DOWN(at, TABLE_REACH) + TABLE_REACH)
		if (!pagetable_walk(root, at, true))
			return -ENOMEM;
	while ((entry = pagetable_next(root, &address, from + size))) {
		do {
			if (*entry)
				*pagetable_walk(root, address - from + to,
						false) = *entry;
			*entry++ = 0;
			address += PAGE_SIZE;
		} while (pagetable_same(address, from + size));
	}
	gather_range(gather, from, from + size);
	return 0;
}

/* A copy of `area` that begins with what is at `start` and lies elsewhere. */
static struct area *moved_area(const struct area *area, uaddr_t start,
			       uaddr_t target, size_t size)
{
	struct area *copy = kmalloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *area;
	copy->start = target;
	copy->end = target + size;
	copy->offset += start - area->start;
	copy->flags &= ~(unsigned)AREA_GROWS_DOWN;
	if (copy->ops->open)
		copy->ops->open(copy);
	return copy;
}

/* Where it goes to, or -errno. */
static long choose_target(struct remap *remap)
{
	uaddr_t target = remap->target;

	if (!(remap->flags & MREMAP_FIXED)) {
		target = space_find_free(remap->space, 0, remap->new_size);
		return target ? (long)target : -ENOMEM;
	}
	if (!range_end(target, remap->new_size) ||
	    (target < remap->start + remap->size &&
	     remap->start < target + remap->new_size))
		return -EINVAL;
	return target < USER_MIN ? -EPERM : (long)target;
}

/* Joins a changed area with its neighbours. */
static void merge(struct gather *gather, size_t i)
{
	area_merge_left(gather, i + 1);
	area_merge_left(gather, i);
}

static long move(struct remap *remap, struct area *area)
{
	struct gather *gather = &remap->gather;
	struct space *space = remap->space;
	uaddr_t end = remap->start + remap->size;
	size_t kept = MIN(remap->size, remap->new_size);
	long target = choose_target(remap);
	struct area *copy;
	int error;

	if (target < 0)
		return target;
	copy = moved_area(area, remap->start, (uaddr_t)target, remap->new_size);
	if (!copy)
		return -ENOMEM;
	error = areas_unmap(gather, copy->start, copy->end) ?:
		areas_split(space, remap->start, end) ?:
		areas_reserve(space, 1) ?:
		move_pages(gather, remap->start, copy->start, kept);
	if (error) {
		copy->next_dead = gather->dead;
		gather->dead = copy;
		return error;
	}
	/* the boundaries are there: this cannot fail */
	if (!(remap->flags & MREMAP_DONTUNMAP))
		areas_unmap(gather, remap->start, end);
	merge(gather, area_insert(space, copy));
	return target;
}

/* In place, if nothing is in the way. */
static bool grow(struct remap *remap, struct area *area)
{
	uaddr_t end = remap->start + remap->size;

	if (area->end != end ||
	    !range_is_free(remap->space, end, remap->new_size - remap->size) ||
	    range_end(area->start,
		      end - area->start + remap->new_size - remap->size) == 0)
		return false;
	area->end = remap->start + remap->new_size;
	merge(&remap->gather, area_index(remap->space, area->start));
	return true;
}

/* Lock held. */
static long remap_locked(struct remap *remap)
{
	uaddr_t end = remap->start + remap->size;
	struct area *area = space_area(remap->space, remap->start);
	int error;

	if (!area || area->start > remap->start || area->end < end)
		return -EFAULT;
	if ((area->flags & AREA_SPECIAL) &&
	    (area->start != remap->start || area->end != end ||
	     remap->size != remap->new_size))
		return -EINVAL;
	if (remap->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return move(remap, area);
	if (remap->new_size <= remap->size) {
		error = remap->new_size == remap->size
				? 0
				: areas_unmap(&remap->gather,
					      remap->start + remap->new_size,
					      end);
		return error ? error : (long)remap->start;
	}
	if (grow(remap, area))
		return (long)remap->start;
	return remap->flags & MREMAP_MAYMOVE ? move(remap, area) : -ENOMEM;
}

static bool flags_are_valid(const struct remap *remap)
{
	unsigned known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

	if (remap->flags & ~known)
		return false;
	if ((remap->flags & ~(unsigned)MREMAP_MAYMOVE) &&
	    !(remap->flags & MREMAP_MAYMOVE))
		return false;
	return !(remap->flags & MREMAP_DONTUNMAP) ||
	       remap->size == remap->new_size;
}

static long sys_mremap(uaddr_t start, size_t size, size_t new_size,
		       unsigned flags, uaddr_t target)
{
	struct remap remap = {
		.space = current_task()->space,
		.start = start,
		.size = ALIGN_UP(size, PAGE_SIZE),
		.new_size = ALIGN_UP(new_size, PAGE_SIZE),
		.flags = flags,
		.target = target,
	};
	long result;

	if (new_size > size && new_size <= USER_END &&
	    memory_is_too_much(0, new_size - size, PROT_WRITE, 0))
		return -ENOMEM;
	if (!flags_are_valid(&remap) || start % PAGE_SIZE || !remap.size ||
	    !remap.new_size || remap.new_size > USER_END)
		return -EINVAL;
	if (!range_end(start, remap.size))
		return -EFAULT;
	space_lock(remap.space, &remap.gather);
	result = remap_locked(&remap);
	space_unlock(&remap.gather);
	return result;
}
SYSCALL(mremap);
