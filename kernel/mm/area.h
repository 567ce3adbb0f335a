/*
 * The row of areas of a space, and their page-table entries: what space.c,
 * map.c, remap.c and fault.c share. All with the space's lock held.
 */
#ifndef KERNEL_MM_AREA_H
#define KERNEL_MM_AREA_H

#include "kernel/mm/pagetable.h"
#include "kernel/mm/space.h"

/* Kept free below a stack: 1 MiB, as on Linux (stack clash, CVE-2017-1000364). */
#define STACK_GAP (256 * PAGE_SIZE)

/* Index of the first area that ends above `address`; area_count: none. */
size_t area_index(const struct space *space, uaddr_t address);

/* Room for `extra` more areas: 0 or -ENOMEM. */
int areas_reserve(struct space *space, size_t extra);

/* Puts an area in its place, and says which: its index. Room is reserved and the
 * range free. */
size_t area_insert(struct space *space, struct area *area);

/* Takes out areas [first, end) and adds them to *dead. */
void areas_remove(struct space *space, size_t first, size_t end,
		  struct area **dead);

/* Joins area number `i` with its right neighbour, if they are as one. True:
 * the neighbour is gone. */
bool area_merge(struct space *space, size_t i, struct area **dead);

/*
 * Makes area boundaries at start and end, where areas reach across. 0,
 * -ENOMEM, or -EINVAL for a special area.
 */
int areas_split(struct space *space, uaddr_t start, uaddr_t end);

/* A range that is page-aligned, not empty and in ring 3's half: its end, else
 * 0. */
uaddr_t range_end(uaddr_t start, size_t size);

/* Can something be mapped there without replacing anything? */
bool range_is_free(struct space *space, uaddr_t start, size_t size);

/* Takes out all of [start, end), the pages too: 0, or as areas_split(). */
int areas_unmap(struct space *space, uaddr_t start, uaddr_t end,
		struct area **dead);

/* Puts `area` in its place, over whatever is there: 0, or as areas_split(). */
int area_place(struct space *space, struct area *area, struct area **dead);

/* May all of [start, end) get `prot`? 0, -ENOMEM for a hole, -EACCES, or what
 * an area's ops->protect says. */
int areas_check_protect(struct space *space, uaddr_t start, uaddr_t end,
			unsigned prot);

/* Closes and frees removed areas. Lock NOT held: closing may sleep. */
void areas_close(struct area *dead);

/* Empties the entries of [start, end) and gives the frames back. */
void pages_drop(struct space *space, uaddr_t start, uaddr_t end);

/*
 * The entry for `frame` in an area: its rights, not writable unless `write`,
 * PTE_HELD for PROT_NONE.
 */
pte_t area_pte(const struct area *area, paddr_t frame, bool write);

#endif
