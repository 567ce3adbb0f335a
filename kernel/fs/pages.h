/*
 * The pages of a file, by number: a tree of frames, 512 entries a node, only
 * as high as the highest page needs. A file of one page is that page. Holes
 * cost nothing. Locking is the caller's.
 */
#ifndef KERNEL_FS_PAGES_H
#define KERNEL_FS_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

struct pages {
	paddr_t root;    /* height 0: page 0 itself; 0: nothing there */
	unsigned height; /* levels of nodes */
	size_t count;    /* pages, without nodes */
};

/* Numbers below 1 << PAGES_BITS, for a file of 2^63 - 1 bytes. */
#define PAGES_BITS 51

/*
 * The place of page `number`: 0 in it is a hole, which the caller may fill,
 * adding 1 to `count`. NULL: it is in no node, and with `create`: memory is
 * full.
 */
paddr_t *pages_slot(struct pages *pages, uint64_t number, bool create);

/* Frames that are nodes, of all files: for reports. */
size_t pages_node_count(void);

/* Drops pages from `first` on, a bounded number of them, for a caller that
 * holds a spinlock. Returns true if there may be more. */
bool pages_cut(struct pages *pages, uint64_t first);

#endif
