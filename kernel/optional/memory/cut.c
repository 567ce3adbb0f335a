/*
 * Files that become shorter while programs map them (ftruncate(2)). Without
 * this a page that a program has touched stays in its space.
 */
#include "kernel/fs/ramfs_file.h"
#include "kernel/lib/hook.h"
#include "kernel/mm/area.h"
#include "kernel/optional/memory/memory.h"
#include "kernel/sched/sched.h"

/* Takes the pages of an area that show the file from `first` on, copies too. */
static void unmap_cut_area(struct gather *gather, const struct area *area,
			   struct inode *inode, uint64_t first)
{
	uint64_t skip = first > area->offset ? first - area->offset : 0;
	struct file *file = area->object;

	if (area->ops == ramfs_file_ops.map_ops && file->inode == inode &&
	    skip < area->end - area->start)
		pages_drop(gather, area->start + skip, area->end);
}

/*
 * Takes what was cut off out of all spaces: an access is SIGBUS from now on,
 * and finds the file's new pages when it has grown again.
 */
static void unmap_cut(struct inode *inode, uint64_t size)
{
	struct gather gather __uninitialized;
	struct space *space = spaces_next(NULL);

	for (; space; space = spaces_next(space)) {
		space_lock(space, &gather);
		for (size_t i = 0; i < space->area_count; i++)
			unmap_cut_area(&gather, space->areas[i], inode,
				       ALIGN_UP(size, PAGE_SIZE));
		space_unlock(&gather);
		sched_point();
	}
}
HOOK(file_cut, unmap_cut);
