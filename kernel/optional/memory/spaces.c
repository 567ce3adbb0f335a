/* The list of all spaces: for walks over them. */
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/list.h"
#include "kernel/optional/memory/memory.h"

/* All spaces that have users, and those about to be freed. */
static struct spinlock spaces_lock = SPINLOCK_INIT(RANK_SPACE);
static struct list_node spaces = LIST_INIT(spaces);

static void spaces_add(struct space *space)
{
	spin_lock(&spaces_lock);
	list_add_head(&space->node, &spaces);
	spin_unlock(&spaces_lock);
}
HOOK(space_made, spaces_add);

static void spaces_remove(struct space *space)
{
	spin_lock(&spaces_lock);
	list_remove(&space->node);
	spin_unlock(&spaces_lock);
}
HOOK(space_ends, spaces_remove);

/* Adds a reference, unless the last one is gone. Returns whether it did. */
static bool space_get_if_alive(struct space *space)
{
	unsigned refs = READ_ONCE(space->refs);

	while (refs)
		if (atomic_compare_exchange(&space->refs, &refs, refs + 1))
			return true;
	return false;
}

struct space *spaces_next(struct space *space)
{
	struct list_node *node = space ? &space->node : &spaces;
	struct space *next = NULL;

	spin_lock(&spaces_lock);
	while (!next && (node = node->next) != &spaces) {
		next = list_entry(node, struct space, node);
		if (!space_get_if_alive(next))
			next = NULL;
	}
	spin_unlock(&spaces_lock);
	space_put(space);
	return next;
}
