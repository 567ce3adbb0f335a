/*
 * The sorted array of a space's areas, and their page-table entries: what
 * space.c, map.c, remap.c and fault.c share. The space's lock is held in all
 * functions but space_lock().
 */
#ifndef KERNEL_MM_AREA_H
#define KERNEL_MM_AREA_H

#include "kernel/abi/mman.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/space.h"

/*
 * What a change takes out of a space: frames that may be used again only when
 * no TLB knows them, and areas that are closed without the lock, because
 * closing may sleep. space_unlock() does both.
 */
#define GATHER_SHARED 32

struct gather {
	struct space *space;
	uaddr_t start, end;       /* TLBs must forget this range; end 0: none */
	struct frame_list frames; /* that the space alone had */
	paddr_t shared[GATHER_SHARED];
	unsigned shared_count;
	struct area *dead;
};

/* Lock the space for a change of its areas, and end that change. */
void space_lock(struct space *space, struct gather *gather);
void space_unlock(struct gather *gather);

/* Adds [start, end) to what the TLBs must forget. */
void gather_range(struct gather *gather, uaddr_t start, uaddr_t end);

/* Kept free below a stack: 1 MiB, as on Linux (stack clash, CVE-2017-1000364). */
#define STACK_GAP (256 * PAGE_SIZE)

/* Returns the index of the first area that ends above `address`, or
 * area_count. */
size_t area_index(const struct space *space, uaddr_t address);

/* Makes room for `extra` more areas. Returns 0 or -ENOMEM. */
int areas_reserve(struct space *space, size_t extra);

/* Puts an area in its place and returns its index. Room has been reserved, and
 * the range is free. */
size_t area_insert(struct space *space, struct area *area);

/* Returns the end of the areas from `first` on, before `end`, that have no gap
 * between them and the same flags: one walk over their pages does for all. */
size_t areas_run(const struct space *space, size_t first, size_t end);

/* Removes areas [first, end) and their pages. */
void areas_drop(struct gather *gather, size_t first, size_t end);

/* Joins area number `i`, if there is one, with the one before it, if they are
 * alike. Returns whether it is gone. */
bool area_merge_left(struct gather *gather, size_t i);

/*
 * Cuts the areas that reach across `start` and `end` in two. Returns 0, -ENOMEM,
 * or -EINVAL for a special area.
 */
int areas_split(struct space *space, uaddr_t start, uaddr_t end);

/* Returns the end of a range, rounded up to a page, or 0 if the range is empty,
 * does not begin with a page or leaves ring 3's half. */
uaddr_t range_end(uaddr_t start, size_t size);

/* Returns whether the range can be mapped without replacing anything. */
bool range_is_free(struct space *space, uaddr_t start, size_t size);

/* Unmaps [start, end): removes its areas and their pages. Returns 0 or an error
 * of areas_split(). */
int areas_unmap(struct gather *gather, uaddr_t start, uaddr_t end);

/* Checks that all of [start, end) may get `prot`. Returns 0, -ENOMEM for a hole, or
 * -EACCES. */
int areas_check_protect(struct space *space, uaddr_t start, uaddr_t end,
			unsigned prot);

/* Empties the entries of [start, end). */
void pages_drop(struct gather *gather, uaddr_t start, uaddr_t end);

/* Returns whether the area may write to its present page without a copy. */
static inline bool area_owns(const struct area *area, paddr_t frame)
{
	return area->flags & AREA_SHARED || frame_refs(frame) == 1;
}

/*
 * Returns the page-table entry for `frame` in an area: it has the area's
 * protection, but is not writable without `write`. For PROT_NONE it is PTE_HELD.
 */
static inline pte_t area_pte(const struct area *area, paddr_t frame, bool write)
{
	pte_t pte = frame | PTE_USER | PTE_ACCESSED;

	pte |= area->prot ? PTE_PRESENT : PTE_HELD;
	if (write && area->prot & PROT_WRITE)
		pte |= PTE_WRITE | PTE_DIRTY;
	if (!(area->prot & PROT_EXEC))
		pte |= PTE_NX;
	return pte;
}

/* Adds an entry for a page that the area's object has delivered. */
static inline void area_add_page(struct area *area, pte_t *entry, paddr_t frame,
				 bool write)
{
	*entry = area_pte(area, frame, write);
	area->space->pages_resident++;
}

#endif
