/*
 * Page frames. A frame is free in one of two ways: it lies in a range that
 * was never handed out, or it was given back and stands in a list that runs
 * through the frame table. The table's entry of a frame is written when the
 * frame is first handed out.
 */
#include "kernel/mm/frame.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"

bool alloc_fails;

struct frame {
	uint32_t refs;
	uint32_t next; /* frame number: in the free list, or in its owner's */
};

extern char kernel_start[], kernel_end[];

static struct frame *const table = (struct frame *)FRAME_TABLE;

static struct spinlock lock = SPINLOCK_INIT(RANK_FRAME);
static struct boot_range untouched[BOOT_MAX_RANGES + 4];
static size_t untouched_first, untouched_count;
static uint32_t free_list; /* frame number, 0: empty */
static size_t free_count, total_count;
static size_t spare_count; /* atomic */

static struct frame *frame_of(paddr_t address)
{
	return &table[address >> PAGE_SHIFT];
}

static void add_untouched(paddr_t start, paddr_t end)
{
	if (start >= end || untouched_count == ARRAY_SIZE(untouched))
		return;
	untouched[untouched_count++] = (struct boot_range){ start, end };
	free_count += (end - start) >> PAGE_SHIFT;
}

/* Adds [start, end) less what overlaps `used[0 .. count)`. */
static void add_less(paddr_t start, paddr_t end, const struct boot_range *used,
		     size_t count)
{
	for (; count; used++, count--) {
		if (used->end <= start || used->start >= end)
			continue;
		if (used->start > start)
			add_less(start, used->start, used + 1, count - 1);
		start = MIN(used->end, end);
	}
	add_untouched(start, end);
}

void frame_init(const struct boot_info *boot)
{
	const struct boot_range used[] = {
		{ virt_to_phys(kernel_start), virt_to_phys(kernel_end) },
		{ ALIGN_DOWN(boot->initrd.start, PAGE_SIZE),
		  ALIGN_UP(boot->initrd.end, PAGE_SIZE) },
	};

	for (size_t i = 0; i < boot->ram_count; i++) {
		struct boot_range ram = boot->ram[i];

		total_count += (ram.end - ram.start) >> PAGE_SHIFT;
		add_less(ram.start, ram.end, used, ARRAY_SIZE(used));
	}
}

/* Lowest first: boot.asm's tables show only the first 4 GiB. Lock held, or
 * boot. */
static paddr_t take_untouched(void)
{
	struct boot_range *range = &untouched[untouched_first];
	paddr_t address = range->start;

	if (untouched_first == untouched_count)
		return 0;
	range->start += PAGE_SIZE;
	if (range->start == range->end)
		untouched_first++;
	free_count--;
	return address;
}

paddr_t frame_alloc_boot(void)
{
	paddr_t address = take_untouched();

	if (!address)
		give_up("there is not enough memory for the page tables");
	page_clear(phys_to_virt(address));
	return address;
}

void frame_table_ready(void)
{
	for (char *p = kernel_start; p < kernel_end; p += PAGE_SIZE)
		frame_of(virt_to_phys(p))->refs = 1;
}

paddr_t frame_alloc(void)
{
	paddr_t address;

	if (alloc_must_fail())
		return 0;
	spin_lock(&lock);
	if (free_list) {
		address = (paddr_t)free_list << PAGE_SHIFT;
		free_list = table[free_list].next;
		free_count--;
	} else {
		address = take_untouched();
	}
	spin_unlock(&lock);
	if (address)
		*frame_of(address) = (struct frame){ .refs = 1 };
	return address;
}

paddr_t frame_alloc_zeroed(void)
{
	paddr_t address = frame_alloc();

	if (address)
		page_clear(phys_to_virt(address));
	return address;
}

void frame_get(paddr_t address)
{
	atomic_fetch_add(&frame_of(address)->refs, 1);
}

void frame_put(paddr_t address)
{
	struct frame *frame = frame_of(address);
	uint32_t refs;

	if (!address)
		return;
	refs = atomic_fetch_sub(&frame->refs, 1);
	assert(refs > 0);
	if (refs > 1)
		return;
	spin_lock(&lock);
	frame->next = free_list;
	free_list = (uint32_t)(address >> PAGE_SHIFT);
	free_count++;
	spin_unlock(&lock);
}

void frame_chain(paddr_t head, paddr_t address)
{
	frame_of(address)->next = frame_of(head)->next;
	frame_of(head)->next = (uint32_t)(address >> PAGE_SHIFT);
}

paddr_t frame_unchain(paddr_t head)
{
	uint32_t next = frame_of(head)->next;

	if (next)
		frame_of(head)->next = table[next].next;
	return (paddr_t)next << PAGE_SHIFT;
}

size_t frame_chain_length(paddr_t head)
{
	size_t length = 0;

	for (uint32_t at = frame_of(head)->next; at; at = table[at].next)
		length++;
	return length;
}

unsigned frame_refs(paddr_t address)
{
	return READ_ONCE(frame_of(address)->refs);
}

void frame_release_range(paddr_t start, paddr_t end)
{
	spin_lock(&lock);
	add_untouched(start, end);
	spin_unlock(&lock);
}

size_t frame_count_total(void)
{
	return total_count;
}

size_t frame_count_free(void)
{
	return READ_ONCE(free_count) + READ_ONCE(spare_count);
}

void frame_count_spare(long change)
{
	atomic_fetch_add(&spare_count, (size_t)change);
}
