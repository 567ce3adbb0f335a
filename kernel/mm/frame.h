/*
 * Page frames: which 4 KiB of RAM are in use, and how many share each. RAM that was
 * never handed out is not touched, so boot does not depend on its size.
 */
#ifndef KERNEL_MM_FRAME_H
#define KERNEL_MM_FRAME_H

#include "boot/bootinfo.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/hook.h"
#include "kernel/lib/types.h"
#include "kernel/mm/layout.h"

/* Takes over the RAM that `boot` tells of, less what is in use. */
void frame_init(const struct boot_info *boot);

/*
 * For pagetable_init(), which builds what the rest needs: the first returns a
 * frame of zeros that is never given back; the second is called when the frame
 * table is mapped.
 */
paddr_t frame_alloc_boot(void);
void frame_table_ready(void);

/*
 * Returns a frame with one reference and any contents, or 0 when out of memory.
 * Must not be called from an interrupt; takes RANK_FRAME.
 */
paddr_t frame_alloc(void);

/* The same, filled with zeros: what every frame for ring 3 starts as. */
paddr_t frame_alloc_zeroed(void);

/* What the frame table says of a frame. */
struct frame {
	uint32_t refs; /* users; atomic */
	uint32_t next; /* frame number, in the list that it is in */
};

static inline struct frame *frame_of(paddr_t frame)
{
	return (struct frame *)FRAME_TABLE + (frame >> PAGE_SHIFT);
}

/* Adds a user of an allocated frame. */
static inline void frame_get(paddr_t frame)
{
	atomic_fetch_add(&frame_of(frame)->refs, 1);
}

/* Removes a user; the last one frees the frame. 0 is ignored. */
void frame_put(paddr_t frame);

/*
 * A list of frames with one owner, linked through the frame table. Locking is
 * the owner's.
 */
struct frame_list {
	uint32_t first, last; /* frame numbers; 0: empty */
	uint32_t count;
};

/*
 * Drops the caller's reference by moving the frame to `list`, if it is the
 * last one; returns false, and does nothing, if others use the frame.
 */
bool frame_retire(struct frame_list *list, paddr_t frame);

/* Frees all frames of the list, which nobody uses, and empties it. */
void frame_list_free(struct frame_list *list);

/* Returns how many users a frame has: 1 is the caller alone. */
static inline unsigned frame_refs(paddr_t frame)
{
	return READ_ONCE(frame_of(frame)->refs);
}

/* Gives RAM that was in use during boot to the allocator: page-aligned, and a
 * few times only. */
void frame_release_range(paddr_t start, paddr_t end);

size_t frame_count_total(void);
size_t frame_count_free(void);

/* The number of frames that are kept in use for the next caller. They count as
 * free. Atomic. */
extern size_t frame_spare_count;

/*
 * The last frame_reserve frames are kept for tasks to which the function says
 * yes; without a function there is no reserve. frame_is_low() says that only the
 * reserve is left.
 */
extern size_t frame_reserve;
extern bool (*frame_may_use_reserve)(void);
bool frame_is_low(void);

/*
 * Fault injection: once `alloc_fails` is set, each allocation of a frame or of
 * an object of the heap raises the event, and fails if a hooked function says
 * so. Any context.
 */
extern bool alloc_fails;
HOOK_EVENT(alloc, bool *fail);
bool alloc_ask_hooks(void);

static inline bool alloc_must_fail(void)
{
	return unlikely(READ_ONCE(alloc_fails)) && alloc_ask_hooks();
}

/* Physical memory as the kernel sees it: RAM only. */
static inline void *phys_to_virt(paddr_t address)
{
	return (void *)(address + DIRECT_MAP);
}

/* The way back, for pointers into the direct map or the kernel's image. */
static inline paddr_t virt_to_phys(const void *pointer)
{
	uint64_t address = (uint64_t)pointer;

	return address >= KERNEL_OFFSET ? address - KERNEL_OFFSET
					: address - DIRECT_MAP;
}

/* Fills or copies a page by 16-byte stores. (page.asm) */
void page_clear(void *page);
void page_copy(void *to, const void *from);

/* In a build with ASSERT=1: fills frames that have just been freed
 * (kernel/optional/debug/quarantine.c). */
void quarantine_frames(const struct frame_list *list);

#endif
