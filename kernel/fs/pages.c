/* The pages of a file: see pages.h. */
#include "kernel/fs/pages.h"

#include "kernel/lib/atomic.h"
#include "kernel/mm/frame.h"

#define NODE_BITS  9
#define NODE_SLOTS PAGES_PER_NODE

#define CUT_AT_ONCE 512 /* pages that one pages_cut() drops */

static paddr_t *node_slots(paddr_t node)
{
	return phys_to_virt(node);
}

static size_t node_count; /* of all files; atomic */

size_t pages_node_count(void)
{
	return READ_ONCE(node_count);
}

/* Returns 0 when out of memory. */
static paddr_t node_new(void)
{
	paddr_t node = frame_alloc_zeroed();

	if (node)
		atomic_fetch_add(&node_count, 1);
	return node;
}

/* Adds a level on top; the old root becomes slot 0 of the new one. */
static bool pages_grow(struct pages *pages)
{
	if (pages->root) {
		paddr_t node = node_new();

		if (!node)
			return false;
		node_slots(node)[0] = pages->root;
		pages->root = node;
	}
	pages->height++;
	return true;
}

paddr_t *pages_slot(struct pages *pages, uint64_t number, bool create)
{
	paddr_t *slot = &pages->root;

	while (number >> (NODE_BITS * pages->height))
		if (!create || !pages_grow(pages))
			return NULL;
	for (unsigned level = pages->height; level > 0; level--) {
		unsigned shift = NODE_BITS * (level - 1);

		if (!*slot && create)
			*slot = node_new();
		if (!*slot)
			return NULL;
		slot = &node_slots(*slot)[number >> shift & (NODE_SLOTS - 1)];
	}
	return slot;
}

/* Drops what is at or behind page `first` in the subtree at `slot`, whose
 * first page is `base`, until *budget pages are dropped. At most six levels
 * deep. */
static void cut_subtree(struct pages *pages, paddr_t *slot, unsigned level,
			uint64_t base, uint64_t first, unsigned *budget)
{
	uint64_t span = 1ul << (NODE_BITS * level);

	if (!*slot || base + span <= first)
		return;
	for (unsigned i = 0; level > 0 && i < NODE_SLOTS && *budget; i++)
		cut_subtree(pages, &node_slots(*slot)[i], level - 1,
			    base + i * (span >> NODE_BITS), first, budget);
	if (base < first || !*budget)
		return;
	--*budget;
	if (level == 0)
		pages->count--;
	else
		atomic_fetch_sub(&node_count, 1);
	frame_put(*slot);
	*slot = 0;
}

bool pages_cut(struct pages *pages, uint64_t first)
{
	unsigned budget = CUT_AT_ONCE;

	cut_subtree(pages, &pages->root, pages->height, 0, first, &budget);
	if (!pages->root)
		pages->height = 0;
	return !budget;
}
