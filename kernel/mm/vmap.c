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
static size_t region_count;

size_t vmap_region_count(void)
{
	return READ_ONCE(region_count);
}

/* Returns a hole of just that size, or fresh space; NULL when out of memory. */
static struct region *take_space(size_t pages)
{
	struct region *region;
	pte_t *guard;

	list_for_each_entry (region, &holes, node) {
		if (region->pages == pages) {
			list_remove(&region->node);
			return region;
		}
	}
	if ((pages + 2) * PAGE_SIZE > VMAP_END - next)
		return NULL;
	guard = pagetable_walk_kernel(next, true);
	region = guard ? kmalloc(sizeof(*region)) : NULL;
	if (!region)
		return NULL;
	*guard = (pte_t)region;
	region->start = next + PAGE_SIZE;
	region->pages = pages;
	next = region->start + pages * PAGE_SIZE;
	region_count++;
	return region;
}

/* Returns the entry of page number `i`; NULL if its table cannot be had. */
static pte_t *entry_of(const struct region *region, size_t i)
{
	return pagetable_walk_kernel(region->start + i * PAGE_SIZE, true);
}

/* Empties the first `pages` entries and frees their frames: a hole is left. */
static void make_hole(struct region *region, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*entry_of(region, i) &= ~PTE_PRESENT;
	tlb_flush_kernel(region->start, region->start + pages * PAGE_SIZE);
	for (size_t i = 0; i < pages; i++) {
		pte_t *entry = entry_of(region, i);

		frame_put(pte_frame(*entry));
		*entry = 0;
	}
	list_add_head(&region->node, &holes);
}

/* Maps new frames for the whole region. Returns false when out of memory. */
static bool map_ram(struct region *region)
{
	for (size_t i = 0; i < region->pages; i++) {
		pte_t *entry = entry_of(region, i);
		paddr_t frame = entry ? frame_alloc_zeroed() : 0;

		if (!frame) {
			make_hole(region, i);
			return false;
		}
		*entry = frame | RIGHTS;
	}
	return true;
}

void *vmap_alloc(size_t size)
{
	struct region *region;
	void *result = NULL;

	spin_lock(&lock);
	region = take_space(ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE);
	if (region && map_ram(region))
		result = (void *)region->start;
	spin_unlock(&lock);
	return result;
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

void *vmap_device(paddr_t address, size_t size)
{
	paddr_t first = ALIGN_DOWN(address, PAGE_SIZE);
	size_t pages = ALIGN_UP(address + size - first, PAGE_SIZE) / PAGE_SIZE;
	struct region *region;
	pte_t *entry = NULL;

	spin_lock(&lock);
	region = take_space(pages);
	for (size_t i = 0; region && i < pages; i++) {
		entry = entry_of(region, i);
		if (!entry)
			break;
		*entry = (first + i * PAGE_SIZE) | DEVICE_RIGHTS;
	}
	spin_unlock(&lock);
	return entry ? (void *)(region->start + (address - first)) : NULL;
}

bool vmap_is_guard(uint64_t address)
{
	pte_t *entry = NULL;

	if (address >= VMAP_START && address < VMAP_END)
		entry = pagetable_walk_kernel(address, false);
	return entry && *entry && !(*entry & PTE_PRESENT);
}
