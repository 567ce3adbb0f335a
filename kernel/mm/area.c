/* The row of areas of a space: see area.h. */
#include "kernel/mm/area.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/lib/string.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/tlb.h"

#define AREAS_MAX 65530 /* Linux's vm.max_map_count */

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

int areas_reserve(struct space *space, size_t extra)
{
	size_t wanted = space->area_count + extra;
	size_t capacity = MAX(space->area_capacity, 16ul);
	struct area **areas;

	if (wanted <= space->area_capacity)
		return 0;
	if (wanted > AREAS_MAX)
		return -ENOMEM;
	while (capacity < wanted)
		capacity *= 2;
	areas = kmalloc(capacity * sizeof(areas[0]));
	if (!areas)
		return -ENOMEM;
	if (space->areas)
		memcpy(areas, space->areas,
		       space->area_count * sizeof(areas[0]));
	kfree(space->areas);
	space->areas = areas;
	space->area_capacity = capacity;
	return 0;
}

size_t area_insert(struct space *space, struct area *area)
{
	size_t i = area_index(space, area->start);

	memmove(&space->areas[i + 1], &space->areas[i],
		(space->area_count - i) * sizeof(space->areas[0]));
	space->areas[i] = area;
	space->area_count++;
	area->space = space;
	return i;
}

void areas_remove(struct space *space, size_t first, size_t end,
		  struct area **dead)
{
	for (size_t i = first; i < end; i++) {
		space->areas[i]->next_dead = *dead;
		*dead = space->areas[i];
	}
	memmove(&space->areas[first], &space->areas[end],
		(space->area_count - end) * sizeof(space->areas[0]));
	space->area_count -= end - first;
}

bool area_merge(struct space *space, size_t i, struct area **dead)
{
	struct area *a, *b;

	if (i + 1 >= space->area_count)
		return false;
	a = space->areas[i];
	b = space->areas[i + 1];
	if (a->end != b->start || a->prot != b->prot ||
	    a->max_prot != b->max_prot || a->flags != b->flags ||
	    a->flags & (AREA_SPECIAL | AREA_GROWS_DOWN) || a->ops != b->ops ||
	    a->object != b->object ||
	    (a->object && a->offset + (a->end - a->start) != b->offset))
		return false;
	a->end = b->end;
	areas_remove(space, i + 1, i + 2, dead);
	return true;
}

/* Cuts the area that reaches across `at` in two. */
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

void areas_close(struct area *dead)
{
	while (dead) {
		struct area *next = dead->next_dead;

		if (dead->ops->close)
			dead->ops->close(dead);
		kfree(dead);
		dead = next;
	}
}

/* Frames wait in a batch until no TLB knows them any more. */
#define BATCH 32

struct batch {
	paddr_t frames[BATCH];
	unsigned count;
	uaddr_t start, end; /* addresses to flush */
};

static void batch_finish(struct space *space, struct batch *batch)
{
	if (!batch->count)
		return;
	tlb_flush(space, batch->start, batch->end);
	for (unsigned i = 0; i < batch->count; i++)
		frame_put(batch->frames[i]);
	batch->count = 0;
}

void pages_drop(struct space *space, uaddr_t start, uaddr_t end)
{
	struct batch batch __uninitialized; /* 36 words, mostly unused */
	pte_t *entry;

	batch.count = 0;
	while ((entry = pagetable_next(space->root, &start, end))) {
		do {
			if (!batch.count)
				batch.start = start;
			batch.frames[batch.count++] = pte_frame(*entry);
			*entry = 0;
			space->pages_resident--;
			start += PAGE_SIZE;
			batch.end = start;
			if (batch.count == BATCH)
				batch_finish(space, &batch);
		} while (pagetable_same(start, end) && *++entry);
	}
	batch_finish(space, &batch);
}

pte_t area_pte(const struct area *area, paddr_t frame, bool write)
{
	pte_t pte = frame | PTE_USER | PTE_ACCESSED;

	pte |= area->prot ? PTE_PRESENT : PTE_HELD;
	if (write && area->prot & PROT_WRITE)
		pte |= PTE_WRITE | PTE_DIRTY;
	if (!(area->prot & PROT_EXEC))
		pte |= PTE_NX;
	return pte;
}
