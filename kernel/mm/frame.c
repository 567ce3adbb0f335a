/*
 * Page frames. A free frame lies in a range that was never handed out, or
 * stands in a list: the common one, or the one of a CPU, so that most calls take
 * no lock. Frames go from list to list in batches. The frame table's entry of a
 * frame is first written when the frame leaves its range.
 */
#include "kernel/mm/frame.h"

#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/lib/atomic.h"

bool alloc_fails;
size_t frame_reserve, frame_spare_count;
bool (*frame_may_use_reserve)(void);

extern char kernel_start[], kernel_end[];

static struct frame *const table = (struct frame *)FRAME_TABLE;

static struct spinlock lock = SPINLOCK_INIT(RANK_FRAME);
static struct boot_range untouched[BOOT_MAX_RANGES + 4];
static size_t untouched_first, untouched_count;
static struct frame_list free_list;
static size_t untouched_pages, total_count;

#define BATCH 32 /* frames that move between lists at once */

/* The free frames of each CPU. Only that CPU uses them, and no interrupt. Each
 * has cache lines of its own. */
static struct {
	struct frame_list list;
} __attribute__((aligned(64))) own[MAX_CPUS];

/* Adds a range that was never handed out. If the array is full, it is lost. */
static void add_untouched(paddr_t start, paddr_t end)
{
	if (start >= end || untouched_count == ARRAY_SIZE(untouched))
		return;
	untouched[untouched_count++] = (struct boot_range){ start, end };
	untouched_pages += (end - start) >> PAGE_SHIFT;
}

/* Adds [start, end) without what overlaps the ranges used[0 .. count). */
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

/* Returns the lowest frame that was never handed out, or 0: during boot only
 * the first 4 GiB can be reached. The lock is held, or there is one CPU. */
static paddr_t take_untouched(void)
{
	struct boot_range *range = &untouched[untouched_first];
	paddr_t address = range->start;

	if (untouched_first == untouched_count)
		return 0;
	range->start += PAGE_SIZE;
	if (range->start == range->end)
		untouched_first++;
	untouched_pages--;
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

static void frame_list_add(struct frame_list *list, paddr_t frame)
{
	uint32_t number = (uint32_t)(frame >> PAGE_SHIFT);

	table[number].next = list->first;
	if (!list->first)
		list->last = number;
	list->first = number;
	list->count++;
}

/* Returns the first frame of the list, or 0 if it is empty. */
static paddr_t frame_list_take(struct frame_list *list)
{
	uint32_t number = list->first;

	if (number) {
		list->first = table[number].next;
		list->count--;
	}
	return (paddr_t)number << PAGE_SHIFT;
}

bool frame_is_low(void)
{
	return READ_ONCE(free_list.count) + READ_ONCE(untouched_pages) <=
	       frame_reserve;
}

/* Moves frames to this CPU's empty list: a batch, if there are enough, but only
 * one frame of the reserve, for the caller. Not inlined: it is rare. */
static __noinline void take_batch(struct frame_list *list)
{
	uint32_t wanted = frame_is_low() ? 1 : BATCH;
	paddr_t frame;

	if (wanted == 1 && frame_may_use_reserve && !frame_may_use_reserve())
		return;
	spin_lock(&lock);
	while (list->count < wanted &&
	       (frame = frame_list_take(&free_list) ?: take_untouched()))
		frame_list_add(list, frame);
	spin_unlock(&lock);
}

/* Moves a batch of this CPU's frames to the common list. Not inlined: it is
 * rare. */
static __noinline void give_batch(struct frame_list *list)
{
	struct frame_list batch = { 0 };

	while (batch.count < BATCH)
		frame_list_add(&batch, frame_list_take(list));
	frame_list_free(&batch);
}

bool alloc_ask_hooks(void)
{
	bool fail = false;

	HOOK_CALL(alloc, &fail);
	return fail;
}

paddr_t frame_alloc(void)
{
	struct frame_list *list = &own[THIS_CPU->id].list;
	paddr_t frame;

	if (alloc_must_fail())
		return 0;
	if (!list->first)
		take_batch(list);
	frame = frame_list_take(list);
	if (frame)
		*frame_of(frame) = (struct frame){ .refs = 1 };
	return frame;
}

paddr_t frame_alloc_zeroed(void)
{
	paddr_t address = frame_alloc();

	if (address)
		page_clear(phys_to_virt(address));
	return address;
}

void frame_put(paddr_t address)
{
	struct frame_list *list = &own[THIS_CPU->id].list;
	uint32_t refs;

	if (!address)
		return;
	refs = atomic_fetch_sub(&frame_of(address)->refs, 1);
	assert(refs > 0);
	if (refs > 1)
		return;
	frame_list_add(list, address);
	if (list->count > 2 * BATCH)
		give_batch(list);
}

bool frame_retire(struct frame_list *list, paddr_t address)
{
	struct frame *frame = frame_of(address);

	if (READ_ONCE(frame->refs) != 1)
		return false;
	frame->refs = 0;
	frame_list_add(list, address);
	return true;
}

void frame_list_free(struct frame_list *list)
{
	if (!list->first)
		return;
	if (ASSERTIONS)
		quarantine_frames(list);
	spin_lock(&lock);
	table[list->last].next = free_list.first;
	free_list.first = list->first;
	free_list.count += list->count;
	spin_unlock(&lock);
	*list = (struct frame_list){ 0 };
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
	size_t count = READ_ONCE(free_list.count) + READ_ONCE(untouched_pages) +
		       READ_ONCE(frame_spare_count);

	for (unsigned id = 0; id < cpu_count; id++)
		count += READ_ONCE(own[id].list.count);
	return count;
}
