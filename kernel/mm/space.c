/*
 * The life of an address space: made, forked, loaded, read and written from
 * the kernel, freed. Mapping is map.c's, faults are fault.c's.
 */
#include "kernel/mm/space.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/string.h"
#include "kernel/mm/area.h"
#include "kernel/mm/fault.h"
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
	return space;
}

void space_get(struct space *space)
{
	atomic_fetch_add(&space->refs, 1);
}

void space_put(struct space *space)
{
	struct area *dead = NULL;

	if (!space || atomic_fetch_sub(&space->refs, 1) > 1)
		return;
	if (THIS_CPU->space == space) {
		uint64_t flags = irq_save();

		space_activate(NULL);
		irq_restore(flags);
	}
	tlb_drop_space(space);
	for (size_t i = 0; i < space->area_count; i++)
		pages_drop(space, space->areas[i]->start, space->areas[i]->end);
	pagetable_free(space->root);
	areas_remove(space, 0, space->area_count, &dead);
	areas_close(dead);
	kfree(space->areas);
	kfree(space);
}

void space_activate(struct space *space)
{
	struct space *old = THIS_CPU->space;
	uint32_t cpu = THIS_CPU->bit;

	if (old == space)
		return;
	if (old)
		atomic_fetch_and(&old->cpu_mask, ~cpu);
	if (space)
		atomic_fetch_or(&space->cpu_mask, cpu);
	THIS_CPU->space = space;
	pagetable_load(space ? space->root : 0);
}

/*
 * Gives the child each page of the area. Private ones lose their right to be
 * written in both, until a fault finds out who is the last.
 */
static int copy_pages(struct space *child, struct space *parent,
		      const struct area *area)
{
	uaddr_t address = area->start;
	pte_t *from, *to;

	while ((from = pagetable_next(parent->root, &address, area->end))) {
		to = pagetable_walk(child->root, address, true);
		if (!to)
			return -ENOMEM;
		do {
			if (!(area->flags & AREA_SHARED))
				*from &= ~PTE_WRITE;
			frame_get(pte_frame(*from));
			*to++ = *from++;
			child->pages_resident++;
			address += PAGE_SIZE;
		} while (pagetable_same(address, area->end) && *from);
	}
	return 0;
}

static int copy_area(struct space *child, struct space *parent,
		     const struct area *area)
{
	struct area *copy = kmalloc(sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *area;
	copy->space = child;
	child->areas[child->area_count++] = copy;
	if (copy->ops->open)
		copy->ops->open(copy);
	return copy_pages(child, parent, area);
}

/* The fields that exec set. */
static void copy_layout(struct space *to, const struct space *from)
{
	to->brk_start = from->brk_start;
	to->brk = from->brk;
	to->mmap_top = from->mmap_top;
	to->stack_top = from->stack_top;
	to->arg_start = from->arg_start;
	to->arg_end = from->arg_end;
	to->env_start = from->env_start;
	to->env_end = from->env_end;
	to->vdso = from->vdso;
	to->stack_limit = from->stack_limit;
	memcpy(to->auxv, from->auxv, sizeof(to->auxv));
}

struct space *space_fork(struct space *parent)
{
	struct space *child = space_new();
	int error;

	if (!child)
		return NULL;
	spin_lock(&parent->lock);
	copy_layout(child, parent);
	error = areas_reserve(child, parent->area_count);
	for (size_t i = 0; !error && i < parent->area_count; i++)
		error = copy_area(child, parent, parent->areas[i]);
	tlb_flush(parent, 0, USER_END);
	spin_unlock(&parent->lock);
	if (error) {
		space_put(child);
		return NULL;
	}
	return child;
}

/* Copies within one page by way of the direct map. */
static long copy_page_part(struct space *space, uaddr_t address, void *buffer,
			   size_t size, bool write)
{
	paddr_t frame;
	int error = space_get_page(space, address, write, &frame);
	char *page;

	if (error)
		return error;
	page = phys_to_virt(frame);
	if (write)
		memcpy(page + address % PAGE_SIZE, buffer, size);
	else
		memcpy(buffer, page + address % PAGE_SIZE, size);
	frame_put(frame);
	return 0;
}

static long copy_pages_of(struct space *space, uaddr_t address, void *buffer,
			  size_t size, bool write)
{
	size_t done = 0;

	while (done < size && address < USER_END) {
		size_t part = MIN(size - done, PAGE_SIZE - address % PAGE_SIZE);

		if (copy_page_part(space, address, (char *)buffer + done, part,
				   write))
			break;
		done += part;
		address += part;
	}
	return done || !size ? (long)done : -EFAULT;
}

long space_read(struct space *space, uaddr_t address, void *to, size_t size)
{
	return copy_pages_of(space, address, to, size, false);
}

long space_write(struct space *space, uaddr_t address, const void *from,
		 size_t size)
{
	return copy_pages_of(space, address, (void *)from, size, true);
}
