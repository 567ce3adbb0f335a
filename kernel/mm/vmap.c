/*
 * Kernel memory that is contiguous only virtually: see vmap.h. The entry of the
 * guard page below a region is not present, and holds the address of its struct
 * region.
 */
#include "kernel/mm/vmap.h"

#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/list.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/pagetable.h"
#include "kernel/mm/tlb.h"

#define RIGHTS        (PTE_PRESENT | PTE_WRITE | PTE_GLOBAL | PTE_NX)
#define DEVICE_RIGHTS (RIGHTS | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH)

/* Virtual space [start, start + pages), without its guard page below. */
struct region {
	struct list_node node; /* in `holes`, while it is free */
	uint64_t start;
	size_t pages;
};

static struct spinlock lock = SPINLOCK_INIT(RANK_VMAP);
static struct list_node holes = LIST_INIT(holes);
static uint64_t next = VMAP_START; /* nothing above was ever used */
size_t vmap_region_count;

/*
 * Returns a hole of just that size, or fresh space, whose page tables are all
 * there; NULL when out of memory.
 */
static struct region *take_space(size_t pages)
{
	struct region *region;
	uint64_t start = next + PAGE_SIZE;

	list_for_each_entry (region, &holes, node) {
		if (region->pages == pages) {
			list_remove(&region->node);
			return region;
		}
	}
	if ((pages + 2) * PAGE_SIZE > VMAP_END - next)
		return NULL;
	for (size_t i = 0; i <= pages; i++)
		if (!pagetable_walk_kernel(next + i * PAGE_SIZE, true))
			return NULL;
	region = kmalloc(sizeof(*region));
	if (!region)
		return NULL;
	*pagetable_walk_kernel(next, false) = (pte_t)region;
	region->start = start;
	region->pages = pages;
	next = start + pages * PAGE_SIZE;
	vmap_region_count++;
	return region;
}

static pte_t *entry_of(const struct region *region, size_t i)
{
	return pagetable_walk_kernel(region->start + i * PAGE_SIZE, false);
}

/* Empties the first `pages` entries and frees their frames: a hole is left. */
static void make_hole(struct region *region, size_t pages)
{
	struct frame_list frames = { 0 };

	for (size_t i = 0; i < pages; i++) {
		pte_t *entry = entry_of(region, i);

		frame_retire(&frames, pte_frame(*entry));
		*entry = 0;
	}
	tlb_flush_kernel(region->start, region->start + pages * PAGE_SIZE);
	frame_list_free(&frames);
	list_add_head(&region->node, &holes);
}

/* Maps the whole region: to the registers at `device`, or to new frames for 0.
 * Returns false when out of memory. */
static bool fill(struct region *region, paddr_t device)
{
	for (size_t i = 0; i < region->pages; i++) {
		paddr_t frame = device ? device + i * PAGE_SIZE
				       : frame_alloc_zeroed();

		if (!frame) {
			make_hole(region, i);
			return false;
		}
		*entry_of(region, i) = frame |
				       (device ? DEVICE_RIGHTS : RIGHTS);
	}
	return true;
}

/* Returns a new region of `size` bytes, filled as fill() says, or NULL. */
static void *map_new(size_t size, paddr_t device)
{
	struct region *region;
	void *result = NULL;

	spin_lock(&lock);
	region = take_space(ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE);
	if (region && fill(region, device))
		result = (void *)region->start;
	spin_unlock(&lock);
	return result;
}

void *vmap_alloc(size_t size)
{
	return map_new(size, 0);
}

void *vmap_device(paddr_t address, size_t size)
{
	size_t offset = address % PAGE_SIZE;
	char *start = map_new(offset + size, address - offset);

	return start ? start + offset : NULL;
}

void vmap_free(void *pointer)
{
	uint64_t guard = (uint64_t)pointer - PAGE_SIZE;
	struct region *region;

	spin_lock(&lock);
	region = (struct region *)*pagetable_walk_kernel(guard, false);
	make_hole(region, region->pages);
	spin_unlock(&lock);
}

bool vmap_is_guard(uint64_t address)
{
	pte_t *entry = NULL;

	if (address >= VMAP_START && address < VMAP_END)
		entry = pagetable_walk_kernel(address, false);
	return entry && *entry && !(*entry & PTE_PRESENT);
}
