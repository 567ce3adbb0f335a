/*
 * The life of an address space: made, forked, loaded, freed. Mapping is map.c's, faults are fault.c's.
 */
#include "kernel/mm/space.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/area.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/tlb.h"

struct space *space_new(void)
{
	struct space *space = kzalloc(sizeof(*space));

	if (!space)
		return NULL;
	space->root = pagetable_new();
	if (!space->root) {
		kfree(space);
		return NULL;
	}
	space->lock = SPINLOCK_INIT(RANK_SPACE);
	space->refs = 1;
	HOOK_CALL(space_made, space);
	return space;
}

void space_get(struct space *space)
{
	atomic_fetch_add(&space->refs, 1);
}

void space_put(struct space *space)
{
	struct gather gather __uninitialized;

	if (!space || atomic_fetch_sub(&space->refs, 1) > 1)
		return;
	HOOK_CALL(space_ends, space);
	if (THIS_CPU->space == space) {
		uint64_t flags = irq_save();

		space_activate(NULL);
		irq_restore(flags);
	}
	if (tlb_shootdown)
		tlb_shootdown->drop_space(space);
	space_lock(space, &gather);
	areas_drop(&gather, 0, space->area_count);
	space_unlock(&gather);
	pagetable_free(space->root);
	kfree(space->area_room);
	kfree(space);
}

void space_reload(struct space *space)
{
	/* read first: pages that are unmapped from here on are of a later one */
	uint64_t generation = READ_ONCE(space->tlb_generation);

	pagetable_load(space->root);
	WRITE_ONCE(THIS_CPU->tlb_seen, generation);
}

/*
 * The CPU's bit in the old space is cleared last: until CR3 is loaded this CPU
 * may read the old tables, and a CPU that finds the bit clear may free them.
 */
void space_activate(struct space *space)
{
	struct space *old = THIS_CPU->space;
	uint32_t cpu = THIS_CPU->bit;

	if (old == space)
		return;
	THIS_CPU->space = space;
	if (space) {
		atomic_fetch_or(&space->cpu_mask, cpu);
		space_reload(space);
	} else {
		pagetable_load(0);
	}
	if (old)
		atomic_fetch_and(&old->cpu_mask, ~cpu);
}

/*
 * Gives the child each page of [start, end). Private ones lose their right to
 * be written in both, until a fault finds that one of them is the last.
 */
static int copy_pages(struct space *child, struct space *parent, uaddr_t start,
		      uaddr_t end, bool shared)
{
	pte_t keep = shared ? ~0ul : ~PTE_WRITE;
	pte_t *from, *to;

	while ((from = pagetable_next(parent->root, &start, end))) {
		to = pagetable_walk(child->root, start, true);
		if (!to)
			return -ENOMEM;
		do {
			if (*from) {
				*from &= keep;
				frame_get(pte_frame(*from));
				*to = *from;
				child->pages_resident++;
			}
			from++;
			to++;
			start += PAGE_SIZE;
		} while (pagetable_same(start, end));
	}
	return 0;
}

/* Gives the child copies of all areas, and room for them. */
static int copy_areas(struct space *child, struct space *parent)
{
	int error = areas_reserve(child, parent->area_count);

	for (size_t i = parent->area_count; !error && i-- > 0;) {
		struct area *copy = kmalloc(sizeof(*copy));

		if (!copy)
			return -ENOMEM;
		*copy = *parent->areas[i];
		copy->space = child;
		*--child->areas = copy;
		child->area_count++;
		if (copy->ops->open)
			copy->ops->open(copy);
	}
	return error;
}

struct space *space_fork(struct space *parent)
{
	struct space *child = space_new();
	int error;

	if (!child)
		return NULL;
	spin_lock(&parent->lock);
	memcpy(&child->gap_top, &parent->gap_top,
	       sizeof(*child) - offsetof(struct space, gap_top));
	error = copy_areas(child, parent);
	for (size_t i = 0, next; !error && i < parent->area_count; i = next) {
		next = areas_run(parent, i, parent->area_count);
		if (parent->areas[i]->flags & AREA_WIPED_BY_FORK)
			continue;
		error = copy_pages(child, parent, parent->areas[i]->start,
				   parent->areas[next - 1]->end,
				   parent->areas[i]->flags & AREA_SHARED);
	}
	tlb_request(parent, 0, USER_END);
	spin_unlock(&parent->lock);
	tlb_wait(parent);
	if (error) {
		space_put(child);
		return NULL;
	}
	return child;
}
