/*
 * MAP_DROPPABLE: memory whose pages the kernel may take away at any time; they
 * read as zeros afterwards. It is for secrets that can be had again. The child
 * of a fork finds zeros too. When memory is full all these pages go, before a
 * process is killed for its own.
 */
#include "kernel/lib/hook.h"
#include "kernel/mm/area.h"
#include "kernel/mm/fault.h"
#include "kernel/optional/memory/memory.h"
#include "kernel/sys/memory.h"

static struct area_ops ops;

/* What is done next about full memory: the part "memory"'s, or NULL. */
static bool (*then)(void);

/* Takes the pages out of the space. Returns whether there were any. */
static bool drop_pages(struct space *space)
{
	struct gather gather __uninitialized;
	size_t before;
	bool dropped;

	space_lock(space, &gather);
	before = space->pages_resident;
	for (size_t i = 0; i < space->area_count; i++) {
		struct area *area = space->areas[i];

		if (area->ops == &ops)
			pages_drop(&gather, area->start, area->end);
	}
	dropped = space->pages_resident < before;
	space_unlock(&gather);
	return dropped;
}

static bool make_room(void)
{
	struct space *space = NULL;
	bool dropped = false;

	while ((space = spaces_next(space)))
		dropped |= drop_pages(space);
	return dropped || (then && then());
}

/* Later than the part "memory", which hooks itself to `boot`. */
static void droppable_init(void)
{
	ops = anonymous_ops;
	droppable_ops = &ops;
	then = fault_memory_full;
	fault_memory_full = make_room;
}
HOOK(boot_cpus, droppable_init);
