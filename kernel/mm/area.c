/* The sorted array of areas of a space: see area.h. */
#include "kernel/mm/area.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/tlb.h"

#define AREAS_MAX 65530 /* Linux's vm.max_map_count */

void (*space_rest)(void);

size_t area_index(const struct space *space, uaddr_t address)
{
	size_t low = 0, high = space->area_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (space->areas[middle]->end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct area *space_area(struct space *space, uaddr_t address)
{
	size_t i = area_index(space, address);

	return i < space->area_count ? space->areas[i] : NULL;
}

/*
 * The free slots are in front of the array: mappings are placed downwards, so
 * most new areas come near the front, and only what stands before them moves.
 */
int areas_reserve(struct space *space, size_t extra)
{
	size_t wanted = space->area_count + extra, capacity = 16;
	struct area **room, **areas;

	if (extra <= (size_t)(space->areas - space->area_room))
		return 0;
	if (wanted > AREAS_MAX)
		return -ENOMEM;
	while (capacity < wanted)
		capacity *= 2;
	room = kmalloc(capacity * sizeof(room[0]));
	if (!room)
		return -ENOMEM;
	areas = room + capacity - space->area_count;
	memcpy(areas, space->areas, space->area_count * sizeof(areas[0]));
	kfree(space->area_room);
	space->area_room = room;
	space->areas = areas;
	return 0;
}

size_t area_insert(struct space *space, struct area *area)
{
	size_t i = area_index(space, area->start);

	memmove(space->areas - 1, space->areas, i * sizeof(space->areas[0]));
	space->areas--;
	space->areas[i] = area;
	space->area_count++;
	area->space = space;
	return i;
}

/* Removes areas [first, end) from the array; they are closed later. */
static void areas_remove(struct gather *gather, size_t first, size_t end)
{
	struct space *space = gather->space;

	for (size_t i = first; i < end; i++) {
		space->areas[i]->next_dead = gather->dead;
		gather->dead = space->areas[i];
	}
	memmove(&space->areas[end - first], space->areas,
		first * sizeof(space->areas[0]));
	space->areas += end - first;
	space->area_count -= end - first;
}

/* Returns whether `a` and `b` could be one area: they touch, have the same
 * protection and flags, and show the same object without a jump. */
static bool can_merge(const struct area *a, const struct area *b)
{
	return a->end == b->start && a->prot == b->prot &&
	       a->max_prot == b->max_prot && a->flags == b->flags &&
	       !(a->flags & (AREA_SPECIAL | AREA_GROWS_DOWN)) &&
	       a->ops == b->ops && a->object == b->object &&
	       (!a->object || a->offset + (a->end - a->start) == b->offset);
}

bool area_merge_left(struct gather *gather, size_t i)
{
	struct area **areas = gather->space->areas;

	if (i == 0 || i >= gather->space->area_count ||
	    !can_merge(areas[i - 1], areas[i]))
		return false;
	areas[i - 1]->end = areas[i]->end;
	areas_remove(gather, i, i + 1);
	return true;
}

/* Cuts the area that reaches across `at` in two. Returns as areas_split(). */
static int split_at(struct space *space, uaddr_t at)
{
	struct area *left = space_area(space, at), *right;

	if (!left || left->start >= at)
		return 0;
	if (left->flags & AREA_SPECIAL)
		return -EINVAL;
	right = kmalloc(sizeof(*right));
	if (!right || areas_reserve(space, 1)) {
		kfree(right);
		return -ENOMEM;
	}
	*right = *left;
	right->start = at;
	right->offset += at - left->start;
	right->flags &= ~(unsigned)AREA_GROWS_DOWN;
	left->end = at;
	area_insert(space, right);
	if (right->ops->open)
		right->ops->open(right);
	return 0;
}

int areas_split(struct space *space, uaddr_t start, uaddr_t end)
{
	int error = split_at(space, start);

	return error ? error : split_at(space, end);
}

void space_lock(struct space *space, struct gather *gather)
{
	gather->space = space;
	gather->start = gather->end = 0;
	gather->frames = (struct frame_list){ 0 };
	gather->shared_count = 0;
	gather->dead = NULL;
	spin_lock(&space->lock);
}

void gather_range(struct gather *gather, uaddr_t start, uaddr_t end)
{
	if (!gather->end)
		gather->start = start;
	gather->start = MIN(gather->start, start);
	gather->end = MAX(gather->end, end);
}

/* Frees the gathered frames, which no TLB knows any more. */
static void gather_free(struct gather *gather)
{
	frame_list_free(&gather->frames);
	while (gather->shared_count)
		frame_put(gather->shared[--gather->shared_count]);
}

void space_unlock(struct gather *gather)
{
	struct space *space = gather->space;

	if (gather->end)
		tlb_request(space, gather->start, gather->end);
	spin_unlock(&space->lock);
	tlb_wait(space);
	gather_free(gather);
	while (gather->dead) {
		struct area *area = gather->dead;

		gather->dead = area->next_dead;
		if (area->ops->close)
			area->ops->close(area);
		kfree(area);
	}
}

/* Takes a frame that was unmapped. Frames of the space alone go to a list, shared
 * ones to an array; when that is full, the TLBs are flushed early. */
static void gather_frame(struct gather *gather, paddr_t frame)
{
	if (!gather->space->refs) { /* the space ends: no CPU has it */
		frame_put(frame);
		return;
	}
	if (frame_retire(&gather->frames, frame))
		return;
	if (gather->shared_count == GATHER_SHARED) {
		tlb_request(gather->space, gather->start, gather->end);
		tlb_wait(gather->space);
		gather_free(gather);
	}
	gather->shared[gather->shared_count++] = frame;
}

void pages_drop(struct gather *gather, uaddr_t start, uaddr_t end)
{
	struct space *space = gather->space;
	uaddr_t address = start;
	pte_t *entry;

	while ((entry = pagetable_next(space->root, &address, end))) {
		if (!space->refs && space_rest) { /* no one else has it */
			spin_unlock(&space->lock);
			space_rest();
			spin_lock(&space->lock);
		}
		gather_range(gather, address, end);
		do {
			if (*entry) {
				gather_frame(gather, pte_frame(*entry));
				*entry = 0;
				space->pages_resident--;
			}
			entry++;
			address += PAGE_SIZE;
		} while (pagetable_same(address, end));
	}
}

size_t areas_run(const struct space *space, size_t first, size_t end)
{
	struct area **areas = space->areas;
	size_t i = first + 1;

	while (i < end && areas[i]->start == areas[i - 1]->end &&
	       areas[i]->flags == areas[i - 1]->flags)
		i++;
	return i;
}

void areas_drop(struct gather *gather, size_t first, size_t end)
{
	struct space *space = gather->space;

	for (size_t i = first, next; i < end; i = next) {
		next = areas_run(space, i, end);
		pages_drop(gather, space->areas[i]->start,
			   space->areas[next - 1]->end);
	}
	areas_remove(gather, first, end);
}
