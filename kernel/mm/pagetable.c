/*
 * Page tables (SDM 3A 4.5). All address spaces have the kernel's four slots of
 * the top level; the tables below these are made at boot and never freed, so
 * no space ever has an old view of the kernel.
 */
#include "kernel/mm/pagetable.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/cpu.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/layout.h"

#define LEVELS        4
#define SPARE_TABLES  13 /* kept for the next space, at most */
#define KERNEL_RIGHTS (PTE_PRESENT | PTE_GLOBAL | PTE_NX)
#define TABLE_RIGHTS  (PTE_PRESENT | PTE_WRITE)

extern char kernel_start[], kernel_text_end[], kernel_rodata_end[],
	kernel_end[];

paddr_t kernel_root;
size_t pagetable_kernel_count;

/*
 * The top level of the space that ended last, or 0. Its tables are still there,
 * and they are empty: the next space needs most of them, or all of them if both
 * are forks of one program. Atomic.
 */
static paddr_t spare;

static const uint64_t kernel_slots[] = {
	DIRECT_MAP,
	VMAP_START,
	FRAME_TABLE,
	KERNEL_OFFSET,
};

/* Returns which entry of a table of `level` (3 is the top) leads to `address`. */
static unsigned index_at(uint64_t address, unsigned level)
{
	return address >> (PAGE_SHIFT + 9 * level) & (PT_ENTRIES - 1);
}

static pte_t *table_at(paddr_t address)
{
	return phys_to_virt(address);
}

/* Returns how many bytes an entry of `level` maps. */
static uint64_t span(unsigned level)
{
	return PAGE_SIZE << 9 * level;
}

/* Returns the entry of `level` for `address` in the table that `entry` points
 * to. */
static inline pte_t *below(const pte_t *entry, uint64_t address, unsigned level)
{
	return &table_at(pte_frame(*entry))[index_at(address, level)];
}

/*
 * Gives an empty entry on the way to `address` a table. Returns false if `alloc`
 * has none. The tables of a space stand in a list that begins with
 * its top level, and each has a reference to that. Not inlined: it is rare.
 */
static __noinline bool add_table(paddr_t root, pte_t *entry, uint64_t address,
				 paddr_t (*alloc)(void))
{
	paddr_t frame = alloc();

	if (!frame)
		return false;
	if (root == kernel_root) {
		pagetable_kernel_count++;
	} else {
		frame_of(frame)->next = frame_of(root)->next;
		frame_of(root)->next = (uint32_t)(frame >> PAGE_SHIFT);
		frame_get(root);
	}
	*entry = frame | TABLE_RIGHTS | (address < USER_END ? PTE_USER : 0);
	return true;
}

/*
 * Returns the entry of `level` for `address`. Missing tables come from `alloc`;
 * without one, or if it has no frame, the result is NULL. Unrolled, because most
 * of a fault is walks.
 */
static inline pte_t *walk(paddr_t root, uint64_t address, unsigned level,
			  paddr_t (*alloc)(void))
{
	pte_t *entry = &table_at(root)[index_at(address, LEVELS - 1)];

#pragma GCC unroll 3
	for (unsigned at = LEVELS - 1; at > level; at--) {
		if (unlikely(!*entry) &&
		    !(alloc && add_table(root, entry, address, alloc)))
			return NULL;
		entry = below(entry, address, at - 1);
	}
	return entry;
}

pte_t *pagetable_walk(paddr_t root, uint64_t address, bool create)
{
	pte_t *entry = walk(root, address, 0, NULL);

	if (entry || !create)
		return entry;
	return walk(root, address, 0, frame_alloc_zeroed);
}

pte_t *pagetable_walk_kernel(uint64_t address, bool create)
{
	return pagetable_walk(kernel_root, address, create);
}

/* The slow path of pagetable_next(): passes over empty entries of any level.
 * Not inlined, so that the fast path saves no registers for it. */
static __noinline pte_t *search(paddr_t root, uint64_t *address, uint64_t end)
{
	uint64_t at = *address;

	while (at < end) {
		unsigned level = LEVELS - 1;
		pte_t *entry = &table_at(root)[index_at(at, level)];

		while (*entry && level)
			entry = below(entry, at, --level);
		if (*entry) {
			*address = at;
			return entry;
		}
		/* the empty entries that follow in the same table */
		do {
			entry++;
			at = ALIGN_DOWN(at, span(level)) + span(level);
		} while (at < end && index_at(at, level) && !*entry);
	}
	return NULL;
}

pte_t *pagetable_next(paddr_t root, uint64_t *address, uint64_t end)
{
	uint64_t at = *address;
	pte_t *entry = at < end ? walk(root, at, 0, NULL) : NULL;

	while (entry && !*entry) {
		at += PAGE_SIZE;
		entry = pagetable_same(at, end) ? entry + 1 : NULL;
	}
	*address = at;
	return entry ?: search(root, address, end);
}

/* Boot: maps physical [start, end) at `address`, in pages of 2 MiB where they
 * fit. `address` is `start` plus a multiple of 2 MiB. */
static void map_boot(uint64_t address, paddr_t start, paddr_t end, pte_t rights)
{
	while (start < end) {
		bool large = IS_ALIGNED(start, span(1)) &&
			     end - start >= span(1);
		pte_t *entry = walk(kernel_root, address, large,
				    frame_alloc_boot);

		*entry = start | rights | (large ? PTE_LARGE : 0);
		start += span(large);
		address += span(large);
	}
}

static void map_direct(paddr_t start, paddr_t end, pte_t rights)
{
	map_boot(DIRECT_MAP + start, start, end, rights);
}

/* Maps RAM in the direct map. What is read-only in the kernel's image is so here,
 * too. */
static void map_ram(const struct boot_range *ram)
{
	paddr_t low = virt_to_phys(kernel_start);
	paddr_t high = virt_to_phys(kernel_rodata_end);
	paddr_t cut = MIN(MAX(ram->start, low), ram->end);
	paddr_t resume = MIN(MAX(cut, high), ram->end);

	map_direct(ram->start, cut, KERNEL_RIGHTS | PTE_WRITE);
	map_direct(cut, resume, KERNEL_RIGHTS);
	map_direct(resume, ram->end, KERNEL_RIGHTS | PTE_WRITE);
}

static void map_image(const char *start, const char *end, pte_t rights)
{
	map_boot((uint64_t)start, virt_to_phys(start), virt_to_phys(end),
		 rights);
}

/* Maps frames for the part of the frame table that describes `ram`. */
static void map_frame_table(const struct boot_range *ram)
{
	const uint64_t entry_size = 8;
	uint64_t at = FRAME_TABLE + (ram->start >> PAGE_SHIFT) * entry_size;
	uint64_t end = FRAME_TABLE + (ram->end >> PAGE_SHIFT) * entry_size;

	for (at = ALIGN_DOWN(at, PAGE_SIZE); at < end; at += PAGE_SIZE) {
		pte_t *entry = walk(kernel_root, at, 0, frame_alloc_boot);

		if (!*entry)
			*entry = frame_alloc_boot() | KERNEL_RIGHTS | PTE_WRITE;
	}
}

void pagetable_init(const struct boot_info *boot)
{
	kernel_root = frame_alloc_boot();
	for (size_t i = 0; i < ARRAY_SIZE(kernel_slots); i++)
		walk(kernel_root, kernel_slots[i], LEVELS - 2,
		     frame_alloc_boot);
	for (size_t i = 0; i < boot->ram_count; i++)
		map_ram(&boot->ram[i]);
	map_image(kernel_start, kernel_text_end, PTE_PRESENT | PTE_GLOBAL);
	map_image(kernel_text_end, kernel_rodata_end, KERNEL_RIGHTS);
	map_image(kernel_rodata_end, kernel_end, KERNEL_RIGHTS | PTE_WRITE);
	for (size_t i = 0; i < boot->ram_count; i++)
		map_frame_table(&boot->ram[i]);
	write_cr3(kernel_root);
	frame_table_ready();
}

/* Keeps a top level with its tables, if `root` is not 0, and returns what was
 * kept before, or 0. Each of the tables is a reference to the top level. */
static paddr_t exchange_spare(paddr_t root)
{
	if (root)
		atomic_fetch_add(&frame_spare_count, frame_refs(root));
	root = atomic_exchange(&spare, root);
	if (root)
		atomic_fetch_sub(&frame_spare_count, frame_refs(root));
	return root;
}

paddr_t pagetable_new(void)
{
	paddr_t root = exchange_spare(0);

	if (root)
		return root;
	root = frame_alloc_zeroed();
	if (!root)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_slots); i++) {
		unsigned slot = index_at(kernel_slots[i], LEVELS - 1);

		table_at(root)[slot] = table_at(kernel_root)[slot];
	}
	return root;
}

void pagetable_free(paddr_t root)
{
	uint32_t number;

	if (frame_refs(root) <= SPARE_TABLES)
		root = exchange_spare(root);
	while (root && (number = frame_of(root)->next)) {
		paddr_t table = (paddr_t)number << PAGE_SHIFT;

		frame_of(root)->next = frame_of(table)->next;
		frame_put(table);
		frame_put(root);
	}
	frame_put(root);
}
