/*
 * The pages of a file by their number: a tree whose nodes are frames of 512
 * entries, only as high as the highest page needs. A file of one page is that
 * page. Holes need no memory. The caller does the locking.
 */
#ifndef KERNEL_FS_PAGES_H
#define KERNEL_FS_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

struct pages {
	paddr_t root;    /* a node; with height 0 page 0 itself; 0 if empty */
	unsigned height; /* levels of nodes */
	size_t count;    /* pages, without nodes */
};

/* Numbers below 1 << PAGES_BITS, for a file of 2^63 - 1 bytes. */
#define PAGES_BITS 51

#define PAGES_PER_NODE 512

/*
 * Returns the place of page `number`. If it holds 0, there is a hole, which the
 * caller may fill, adding 1 to `count`. Returns NULL if no node has the place,
 * or with `create` when out of memory.
 */
paddr_t *pages_slot(struct pages *pages, uint64_t number, bool create);

/* pages_slot() without `create` in a walk upwards: `slot` is that of the page
 * before, or NULL. */
static inline paddr_t *pages_next_slot(struct pages *pages, uint64_t number,
				       paddr_t *slot)
{
	bool same_node = pages->height && number % PAGES_PER_NODE;

	return slot && same_node ? slot + 1 : pages_slot(pages, number, false);
}

/* How many frames are nodes, for reports. */
size_t pages_node_count(void);

/* Drops pages from `first` on, a bounded number of them, for a caller that
 * holds a spinlock. Returns true if there may be more. */
bool pages_cut(struct pages *pages, uint64_t first);

#endif
