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
struct piece {
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
static struct piece *take_space(size_t pages)
{
	struct piece *piece;

	list_for_each_entry (piece, &holes, node) {
		if (piece->pages == pages) {
			list_remove(&piece->node);
			return piece;
		}
	}
	if ((pages + 2) * PAGE_SIZE > VMAP_END - next)
		return NULL;
	piece = kmalloc(sizeof(*piece));
	if (!piece)
		return NULL;
	piece->start = next + PAGE_SIZE;
	piece->pages = pages;
	next = piece->start + pages * PAGE_SIZE;
	piece_count++;
	return piece;
}

/* The entry of its page number `i`, which has a table. */
static pte_t *entry_of(struct piece *piece, size_t i)
{
	return pagetable_walk_kernel(piece->start + i * PAGE_SIZE, false);
}

/* Empties the first `pages` entries; frees their frames. Lock held. */
static void unmap(struct piece *piece, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*entry_of(piece, i) &= ~PTE_PRESENT;
	tlb_flush_kernel(piece->start, piece->start + pages * PAGE_SIZE);
	for (size_t i = 0; i < pages; i++) {
		pte_t *entry = entry_of(piece, i);

		frame_put(pte_frame(*entry));
		*entry = 0;
	}
}

/* Frames for the whole piece; false: memory is full. Lock held. */
static bool map_ram(struct piece *piece)
{
	for (size_t i = 0; i < piece->pages; i++) {
		pte_t *entry =
			pagetable_walk_kernel(piece->start + i * PAGE_SIZE,
					      true);
		paddr_t frame = entry ? frame_alloc_zeroed() : 0;

		if (!frame) {
			unmap(piece, i);
			return false;
		}
		*entry = frame | RIGHTS;
	}
	return true;
}

void *vmap_alloc(size_t size)
{
	struct piece *piece;
	void *result = NULL;

	spin_lock(&lock);
	piece = take_space(ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE);
	if (piece && map_ram(piece)) {
		list_add_head(&piece->node, &live);
		result = (void *)piece->start;
	} else if (piece) {
		list_add_head(&piece->node, &holes);
	}
	spin_unlock(&lock);
	return result;
}

void vmap_free(void *pointer)
{
	struct piece *piece;

	spin_lock(&lock);
	list_for_each_entry (piece, &live, node) {
		if (piece->start == (uint64_t)pointer) {
			unmap(piece, piece->pages);
			list_remove(&piece->node);
			list_add_head(&piece->node, &holes);
			break;
		}
	}
	spin_unlock(&lock);
}

void *vmap_device(paddr_t address, size_t size)
{
	paddr_t first = ALIGN_DOWN(address, PAGE_SIZE);
	struct piece *piece;
	void *result = NULL;

	spin_lock(&lock);
	piece = take_space(ALIGN_UP(address + size - first, PAGE_SIZE) /
			   PAGE_SIZE);
	for (size_t i = 0; piece && i < piece->pages; i++) {
		pte_t *entry =
			pagetable_walk_kernel(piece->start + i * PAGE_SIZE,
					      true);

		if (!entry)
			goto out;
		*entry = (first + i * PAGE_SIZE) | DEVICE_RIGHTS;
	}
	if (piece)
		result = (void *)(piece->start + (address - first));
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
