/* Changing what a space maps: mmap(2), munmap(2), mprotect(2). */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/mm/area.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/tlb.h"

uaddr_t range_end(uaddr_t start, size_t size)
{
	if (!IS_ALIGNED(start, PAGE_SIZE) || !size || size > USER_END ||
	    start > USER_END - ALIGN_UP(size, PAGE_SIZE))
		return 0;
	return start + ALIGN_UP(size, PAGE_SIZE);
}

int areas_unmap(struct gather *gather, uaddr_t start, uaddr_t end)
{
	struct space *space = gather->space;
	size_t first = area_index(space, start);
	int error;

	if (first == space->area_count || space->areas[first]->start >= end)
		return 0;
	error = areas_split(space, start, end);
	if (error)
		return error;
	/* no area reaches across `end` now: those that end by then go */
	areas_drop(gather, area_index(space, start), area_index(space, end));
	if (space->gap_top) /* there is a gap now that the search passed */
		space->gap_top = MAX(space->gap_top, end);
	return 0;
}

int space_unmap(struct space *space, uaddr_t start, size_t size)
{
	uaddr_t end = range_end(start, size);
	struct gather gather __uninitialized;
	int error;

	if (!end)
		return -EINVAL;
	space_lock(space, &gather);
	error = areas_unmap(&gather, start, end);
	space_unlock(&gather);
	return error;
}

/* Puts `area` in its place, over what is there, and merges it with its
 * neighbours. Returns as areas_unmap(). */
static int area_place(struct gather *gather, struct area *area)
{
	int error = areas_unmap(gather, area->start, area->end)
			    ?: areas_reserve(gather->space, 1);
	size_t i;

	if (!error) {
		i = area_insert(gather->space, area);
		area_merge_left(gather, i + 1);
		area_merge_left(gather, i);
	}
	return error;
}

/* Returns the first address that an area keeps for itself: below a stack there
 * is a gap. */
static uaddr_t lower_limit(const struct area *area)
{
	if (!(area->flags & AREA_GROWS_DOWN))
		return area->start;
	return area->start > STACK_GAP ? area->start - STACK_GAP : 0;
}

bool range_is_free(struct space *space, uaddr_t start, size_t size)
{
	struct area *area = space_area(space, start);

	return start >= USER_MIN && size <= USER_END &&
	       start <= USER_END - size &&
	       (!area || lower_limit(area) >= start + size);
}

uaddr_t space_find_free(struct space *space, uaddr_t hint, size_t size)
{
	uaddr_t top = space->gap_top;
	size_t i;

	if (hint && range_is_free(space, hint, size))
		return hint;
	if (size <= space->gap_passed || top > space->mmap_top || !top) {
		top = space->mmap_top;
		space->gap_passed = 0;
	}
	i = area_index(space, top);
	if (i < space->area_count)
		top = MIN(top, lower_limit(space->areas[i]));
	for (;; top = MIN(top, lower_limit(space->areas[--i]))) {
		/* the gap between area i - 1 and top */
		uaddr_t bottom = i ? space->areas[i - 1]->end : USER_MIN;
		size_t gap = top >= bottom ? top - bottom : 0;

		if (gap >= size) {
			space->gap_top = top;
			return top - size;
		}
		if (!i)
			return 0;
		space->gap_passed = MAX(space->gap_passed, gap);
	}
}

/* Returns where mmap(2)'s flags want the new area, or -errno. The lock is held. */
static long choose_address(struct space *space, uaddr_t hint, size_t size,
			   unsigned map_flags)
{
	uaddr_t address;

	if (map_flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (!range_end(hint, size))
			return hint % PAGE_SIZE ? -EINVAL : -ENOMEM;
		if (hint < USER_MIN)
			return -EPERM;
		if (map_flags & MAP_FIXED_NOREPLACE &&
		    !range_is_free(space, hint, size))
			return -EEXIST;
		return (long)hint;
	}
	address = space_find_free(space, ALIGN_DOWN(hint, PAGE_SIZE), size);
	return address ? (long)address : -ENOMEM;
}

long space_map(struct space *space, const struct area *like, unsigned map_flags)
{
	size_t size = like->end - like->start;
	struct gather gather __uninitialized;
	struct area *area = kmalloc(sizeof(*area));
	long address = -ENOMEM;
	int error;

	if (!area) {
		if (like->ops->close)
			like->ops->close((struct area *)like);
		return -ENOMEM;
	}
	*area = *like;
	space_lock(space, &gather);
	if (size <= USER_END) {
		size = ALIGN_UP(size, PAGE_SIZE);
		address = choose_address(space, like->start, size, map_flags);
	}
	if (address > 0) {
		area->start = (uaddr_t)address;
		area->end = area->start + size;
		error = area_place(&gather, area);
		if (error)
			address = error;
	}
	if (address < 0) {
		area->next_dead = gather.dead;
		gather.dead = area;
	}
	space_unlock(&gather);
	return address;
}

int space_map_fixed(struct space *space, const struct area *like)
{
	return (int)MIN(space_map(space, like, MAP_FIXED), 0l);
}

/*
 * Gives an area's pages the protection `prot`. A private page may be written at
 * once if no one else has it; else the right comes by a fault, which copies.
 */
static void protect_pages(struct gather *gather, struct area *area,
			  unsigned prot)
{
	uaddr_t address = area->start;
	bool less = area->prot & ~prot;
	pte_t *entry;

	area->prot = prot;
	while ((entry = pagetable_next(gather->space->root, &address,
				       area->end))) {
		if (less)
			gather_range(gather, address, area->end);
		do {
			paddr_t frame = pte_frame(*entry);

			if (frame)
				*entry = area_pte(area, frame,
						  area_owns(area, frame));
			entry++;
			address += PAGE_SIZE;
		} while (pagetable_same(address, area->end));
	}
}

int areas_check_protect(struct space *space, uaddr_t start, uaddr_t end,
			unsigned prot)
{
	for (size_t i = area_index(space, start); start < end; i++) {
		if (i == space->area_count || space->areas[i]->start > start)
			return -ENOMEM;
		if (prot & ~space->areas[i]->max_prot)
			return -EACCES;
		start = space->areas[i]->end;
	}
	return 0;
}

/* Does mprotect(2)'s work on [start, end). The lock is held. */
static int protect_range(struct gather *gather, uaddr_t start, uaddr_t end,
			 unsigned prot)
{
	struct space *space = gather->space;
	int error = areas_check_protect(space, start, end, prot)
			    ?: areas_split(space, start, end);
	size_t i;

	if (error)
		return error;
	i = area_index(space, start);
	for (; i < space->area_count && space->areas[i]->start < end; i++) {
		protect_pages(gather, space->areas[i], prot);
		if (area_merge_left(gather, i))
			i--;
	}
	area_merge_left(gather, i);
	return 0;
}

int space_protect(struct space *space, uaddr_t start, size_t size,
		  unsigned prot)
{
	uaddr_t end = range_end(start, size);
	struct gather gather __uninitialized;
	int error;

	if (!IS_ALIGNED(start, PAGE_SIZE))
		return -EINVAL;
	if (!size)
		return 0;
	if (!end)
		return -ENOMEM;
	space_lock(space, &gather);
	error = protect_range(&gather, start, end, prot);
	space_unlock(&gather);
	return error;
}
