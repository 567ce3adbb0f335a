/* Kernel memory that is contiguous only virtually: see vmap.h. */
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
	struct list_node node;
	uint64_t start;
	size_t pages;
};

static struct spinlock lock = SPINLOCK_INIT(RANK_VMAP);
static struct list_node live = LIST_INIT(live);
static struct list_node holes = LIST_INIT(holes); /* were freed */
static uint64_t next = VMAP_START;                /* all above was never used */
static size_t piece_count;

size_t vmap_piece_count(void)
{
	return READ_ONCE(piece_count);
}

/* A hole of just that size, or fresh space. Lock held. */
static struct region *take_space(size_t pages)
{
	struct region *region;

	list_for_each_entry (region, &holes, node) {
		if (region->pages == pages) {
			list_remove(&region->node);
			return region;
		}
	}
	if ((pages + 2) * PAGE_SIZE > VMAP_END - next)
		return NULL;
	region = kmalloc(sizeof(*region));
	if (!region)
		return NULL;
	region->start = next + PAGE_SIZE;
	region->pages = pages;
	next = region->start + pages * PAGE_SIZE;
	piece_count++;
	return region;
}

/* The entry of its page number `i`, which has a table. */
static pte_t *entry_of(struct region *region, size_t i)
{
	return pagetable_walk_kernel(region->start + i * PAGE_SIZE, false);
}

/* Empties the first `pages` entries; frees their frames. Lock held. */
static void unmap(struct region *region, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*entry_of(region, i) &= ~PTE_PRESENT;
	tlb_flush_kernel(region->start, region->start + pages * PAGE_SIZE);
	for (size_t i = 0; i < pages; i++) {
		pte_t *entry = entry_of(region, i);

		frame_put(pte_frame(*entry));
		*entry = 0;
	}
}

/* Maps frames for the whole region. Returns false when out of memory. Lock
 * held. */
static bool map_ram(struct region *region)
{
	for (size_t i = 0; i < region->pages; i++) {
		pte_t *entry =
			pagetable_walk_kernel(region->start + i * PAGE_SIZE,
					      true);
		paddr_t frame = entry ? frame_alloc_zeroed() : 0;

		if (!frame) {
			unmap(region, i);
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
	if (region && map_ram(region)) {
		list_add_head(&region->node, &live);
		result = (void *)region->start;
	} else if (region) {
		list_add_head(&region->node, &holes);
	}
	spin_unlock(&lock);
	return result;
}

void vmap_free(void *pointer)
{
	struct region *region;

	spin_lock(&lock);
	list_for_each_entry (region, &live, node) {
		if (region->start == (uint64_t)pointer) {
			unmap(region, region->pages);
			list_remove(&region->node);
			list_add_head(&region->node, &holes);
			break;
		}
	}
	spin_unlock(&lock);
}

void *vmap_device(paddr_t address, size_t size)
{
	paddr_t first = ALIGN_DOWN(address, PAGE_SIZE);
	struct region *region;
	void *result = NULL;

	spin_lock(&lock);
	region = take_space(ALIGN_UP(address + size - first, PAGE_SIZE) /
			    PAGE_SIZE);
	for (size_t i = 0; region && i < region->pages; i++) {
		pte_t *entry =
			pagetable_walk_kernel(region->start + i * PAGE_SIZE,
					      true);

		if (!entry)
			goto out;
		*entry = (first + i * PAGE_SIZE) | DEVICE_RIGHTS;
	}
	if (region)
		result = (void *)(region->start + (address - first));
out:
	spin_unlock(&lock);
	return result;
}

bool vmap_is_guard(uint64_t address)
{
	pte_t *entry;

	if (address < VMAP_START || address >= READ_ONCE(next))
		return false;
	entry = pagetable_walk_kernel(address, false);
	return !entry || !*entry;
}
