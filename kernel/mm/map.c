/* Changing what a space maps: mmap(2), munmap(2), mprotect(2), brk(2). */
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

int areas_unmap(struct space *space, uaddr_t start, uaddr_t end,
		struct area **dead)
{
	int error = areas_split(space, start, end);
	size_t first, last;

	if (error)
		return error;
	/* no area reaches across `end` now: those that end by then go */
	first = area_index(space, start);
	last = area_index(space, end);
	for (size_t i = first; i < last; i++)
		pages_drop(space, space->areas[i]->start, space->areas[i]->end);
	areas_remove(space, first, last, dead);
	return 0;
}

int space_unmap(struct space *space, uaddr_t start, size_t size)
{
	uaddr_t end = range_end(start, size);
	struct area *dead = NULL;
	int error;

	if (!end)
		return -EINVAL;
	spin_lock(&space->lock);
	error = areas_unmap(space, start, end, &dead);
	spin_unlock(&space->lock);
	areas_close(dead);
	return error;
}

int area_place(struct space *space, struct area *area, struct area **dead)
{
	int error = areas_unmap(space, area->start, area->end, dead);
	size_t i;

	if (!error)
		error = areas_reserve(space, 1);
	if (error)
		return error;
	i = area_insert(space, area);
	area_merge(space, i, dead);
	if (i)
		area_merge(space, i - 1, dead);
	return 0;
}

/* A new area's struct; on failure its object is closed. */
static struct area *area_new(const struct area *what)
{
	struct area *area = kmalloc(sizeof(*area));

	if (area)
		*area = *what;
	else if (what->ops->close)
		what->ops->close((struct area *)what);
	return area;
}

/* The first address that an area keeps for itself. */
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
	uaddr_t top = space->mmap_top;
	size_t i = area_index(space, top);

	if (hint && range_is_free(space, hint, size))
		return hint;
	if (i < space->area_count)
		top = MIN(top, lower_limit(space->areas[i]));
	for (;;) { /* the gap between area i - 1 and top */
		uaddr_t bottom = i ? space->areas[i - 1]->end : USER_MIN;

		if (top >= bottom && top - bottom >= size)
			return top - size;
		if (!i)
			return 0;
		top = MIN(top, lower_limit(space->areas[--i]));
	}
}

/* Where mmap's flags want the new area, or -errno. Lock held. */
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

/* Adds an area like `what`, where mmap's flags want it: its address or -errno,
 * and then the object is closed. */
static long add_area(struct space *space, const struct area *what, uaddr_t hint,
		     size_t size, unsigned map_flags)
{
	struct area *area = area_new(what), *dead = NULL;
	long address = -ENOMEM;

	if (!area)
		return -ENOMEM;
	if (size <= USER_END) {
		size = ALIGN_UP(size, PAGE_SIZE);
		spin_lock(&space->lock);
		address = choose_address(space, hint, size, map_flags);
		if (address > 0) {
			int error;

			area->start = (uaddr_t)address;
			area->end = area->start + size;
			error = area_place(space, area, &dead);
			if (error)
				address = error;
		}
		spin_unlock(&space->lock);
	}
	if (address < 0) {
		area->next_dead = dead;
		dead = area;
	}
	areas_close(dead);
	return address;
}

int space_map(struct space *space, uaddr_t start, size_t size, unsigned prot,
	      unsigned max_prot, unsigned flags, const struct area_ops *ops,
	      void *object, uint64_t offset)
{
	struct area what = {
		.prot = prot,
		.max_prot = max_prot,
		.flags = flags,
		.ops = ops,
		.object = object,
		.offset = offset,
		.space = space,
	};

	return (int)MIN(add_area(space, &what, start, size, MAP_FIXED), 0l);
}

long space_mmap(struct space *space, uaddr_t hint, size_t size, unsigned prot,
		unsigned max_prot, unsigned map_flags,
		const struct area_ops *ops, void *object, uint64_t offset)
{
	struct area what = {
		.prot = prot,
		.max_prot = max_prot,
		.flags = map_flags & MAP_SHARED ? AREA_SHARED : 0,
		.ops = ops,
		.object = object,
		.offset = offset,
		.space = space,
	};

	return add_area(space, &what, hint, size, map_flags);
}

/* Gives the pages of [start, end) in `area` the rights that it has now. */
static void protect_pages(struct area *area, uaddr_t start, uaddr_t end)
{
	struct space *space = area->space;
	uaddr_t address = start;
	pte_t *entry;

	/* the right to write comes back by a fault, which knows who shares */
	while ((entry = pagetable_next(space->root, &address, end))) {
		*entry = area_pte(area, pte_frame(*entry), false);
		address += PAGE_SIZE;
	}
	tlb_flush(space, start, end);
}

int areas_check_protect(struct space *space, uaddr_t start, uaddr_t end,
			unsigned prot)
{
	for (size_t i = area_index(space, start); start < end; i++) {
		struct area *area;
		int error = 0;

		if (i == space->area_count || space->areas[i]->start > start)
			return -ENOMEM;
		area = space->areas[i];
		if (prot & ~area->max_prot)
			return -EACCES;
		if (area->ops->protect)
			error = area->ops->protect(area, start,
						   MIN(end, area->end), prot);
		if (error)
			return error;
		start = area->end;
	}
	return 0;
}

/* Lock held. */
static int protect_range(struct space *space, uaddr_t start, uaddr_t end,
			 unsigned prot, struct area **dead)
{
	int error = areas_check_protect(space, start, end, prot);
	size_t i;

	if (!error)
		error = areas_split(space, start, end);
	if (error)
		return error;
	i = area_index(space, start);
	for (; i < space->area_count && space->areas[i]->start < end; i++) {
		struct area *area = space->areas[i];

		area->prot = prot;
		protect_pages(area, area->start, area->end);
		while (i && area_merge(space, i - 1, dead))
			i--;
	}
	area_merge(space, i - 1, dead);
	return 0;
}

int space_protect(struct space *space, uaddr_t start, size_t size,
		  unsigned prot)
{
	uaddr_t end = range_end(start, size);
	struct area *dead = NULL;
	int error;

	if (!IS_ALIGNED(start, PAGE_SIZE))
		return -EINVAL;
	if (!size)
		return 0;
	if (!end)
		return -ENOMEM;
	spin_lock(&space->lock);
	error = protect_range(space, start, end, prot, &dead);
	spin_unlock(&space->lock);
	areas_close(dead);
	return error;
}

/* Lock held. False: no room, or no memory. */
static bool move_brk(struct space *space, uaddr_t old_end, uaddr_t new_end,
		     struct area **dead)
{
	struct area *area;

	if (new_end <= old_end)
		return new_end == old_end ||
		       !areas_unmap(space, new_end, old_end, dead);
	if (!range_is_free(space, old_end, new_end - old_end))
		return false;
	area = area_new(&(struct area){
		.start = old_end,
		.end = new_end,
		.prot = PROT_READ | PROT_WRITE,
		.max_prot = PROT_READ | PROT_WRITE | PROT_EXEC,
		.ops = &heap_ops,
		.space = space,
	});
	if (!area)
		return false;
	if (area_place(space, area, dead)) {
		kfree(area);
		return false;
	}
	return true;
}

uaddr_t space_brk(struct space *space, uaddr_t wanted)
{
	struct area *dead = NULL;
	uaddr_t result;

	spin_lock(&space->lock);
	if (wanted >= space->brk_start && wanted < USER_END &&
	    move_brk(space, ALIGN_UP(space->brk, PAGE_SIZE),
		     ALIGN_UP(wanted, PAGE_SIZE), &dead))
		space->brk = wanted;
	result = space->brk;
	spin_unlock(&space->lock);
	areas_close(dead);
	return result;
}
