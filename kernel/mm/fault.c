/* Page faults: see fault.h. */
#include "kernel/mm/fault.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/abi/signal.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"
#include "kernel/mm/area.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vmap.h"

bool (*fault_memory_full)(void);

/* A fault that is served: by a trap, or by a read or write of the kernel's. */
struct fault {
	struct space *space;
	uaddr_t address;
	enum access access;
	bool by_max_prot; /* by what mprotect could grant, not by what is */
	pte_t *entry;     /* of the page, when it is there */
	paddr_t replaced; /* by a copy, or 0; a TLB may still know it */
};

/* Returns the area for a fault at `address`, or NULL. A stack grows down to the
 * address. */
static struct area *find_area(struct space *space, uaddr_t address)
{
	size_t i = space->last_area;
	struct area *area;
	uaddr_t page = ALIGN_DOWN(address, PAGE_SIZE);

	if (i < space->area_count && space->areas[i]->start <= address &&
	    address < space->areas[i]->end)
		return space->areas[i];
	i = area_index(space, address);
	if (i == space->area_count)
		return NULL;
	area = space->areas[i];
	space->last_area = i;
	if (address >= area->start)
		return area;
	if (!(area->flags & AREA_GROWS_DOWN) || page < USER_MIN ||
	    area->end - page > space->stack_limit ||
	    (i && page < space->areas[i - 1]->end + STACK_GAP))
		return NULL;
	area->start = page;
	return area;
}

/*
 * Gives the area a page of its own instead of a shared one. What a fork or an
 * earlier fault has asked of other CPUs is waited for first: no thread may still
 * write to the old page when it is copied. The request for this page is waited
 * for without the lock.
 */
static int copy_on_write(struct fault *fault, struct area *area, uaddr_t page)
{
	paddr_t old = pte_frame(*fault->entry), new = frame_alloc();

	if (!new)
		return -ENOMEM;
	tlb_wait(fault->space);
	page_copy(phys_to_virt(new), phys_to_virt(old));
	*fault->entry = area_pte(area, new, true);
	tlb_request(fault->space, page, page + PAGE_SIZE);
	fault->replaced = old;
	return 0;
}

#define AROUND (16 * PAGE_SIZE) /* a power of two */

/*
 * Maps the pages around one that faulted, if they are in memory already: a
 * program that reads a page soon reads its neighbours, and a fault costs more
 * than ten entries. `entry` is that of `page`.
 */
static void bring_in_neighbours(struct area *area, uaddr_t page, pte_t *entry)
{
	uaddr_t at = MAX(ALIGN_DOWN(page, AROUND), area->start);
	uaddr_t end = MIN(ALIGN_DOWN(page, AROUND) + AROUND, area->end);

	area->ops->map_present(area, at, end, entry - (page - at) / PAGE_SIZE);
}

/*
 * Fills the page behind one that is the area's own and new, if the one before
 * is there too: memory is used in order, and a fault costs as much as a page.
 */
static void bring_in_next(struct area *area, uaddr_t page, pte_t *entry)
{
	uaddr_t next = page + PAGE_SIZE;
	bool owned = false;
	paddr_t frame;

	if (pagetable_same(page, area->end) && entry[-1] &&
	    pagetable_same(next, area->end) && !entry[1] &&
	    !area->ops->fault(area, next, &frame, &owned))
		area_add_page(area, entry + 1, frame, owned);
}

/* Makes the page present, and the area's own for a write. */
static int bring_in(struct fault *fault, struct area *area, uaddr_t page)
{
	bool write = fault->access == ACCESS_WRITE, owned = false;
	pte_t *entry = fault->entry;
	paddr_t frame;
	int error;

	if (!*entry) {
		error = area->ops->fault(area, page, &frame, &owned);
		if (error)
			return error;
		area_add_page(area, entry, frame,
			      owned || area->flags & AREA_SHARED);
		if (area->ops->map_present)
			bring_in_neighbours(area, page, entry);
		else if (owned)
			bring_in_next(area, page, entry);
		owned |= area->flags & AREA_SHARED;
	}
	if (!write || owned)
		return 0;
	if (!area_owns(area, pte_frame(*entry)))
		return copy_on_write(fault, area, page);
	*entry = area_pte(area, pte_frame(*entry), true);
	return 0;
}

/* Takes the space's lock and makes the page present, as space_fault() says. */
static int fault_begin(struct fault *fault)
{
	uaddr_t page = ALIGN_DOWN(fault->address, PAGE_SIZE);
	struct area *area;

	spin_lock(&fault->space->lock);
	area = find_area(fault->space, fault->address);
	if (!area)
		return -EFAULT;
	if (!((fault->by_max_prot ? area->max_prot : area->prot) &
	      fault->access))
		return -EACCES;
	/* a shared page that is read-only has no copy to write to */
	if (fault->by_max_prot && fault->access == ACCESS_WRITE &&
	    area->flags & AREA_SHARED && !(area->prot & PROT_WRITE))
		return -EACCES;
	fault->entry = pagetable_walk(fault->space->root, page, true);
	if (!fault->entry)
		return -ENOMEM;
	return bring_in(fault, area, page);
}

/* Gives the lock back. A thread that finds the new page waits, too, until no
 * other can read the old one. */
static void fault_end(struct fault *fault)
{
	spin_unlock(&fault->space->lock);
	tlb_wait(fault->space);
	frame_put(fault->replaced);
}

int space_fault(struct space *space, uaddr_t address, enum access access)
{
	struct fault fault = {
		.space = space,
		.address = address,
		.access = access,
	};
	int error = fault_begin(&fault);

	fault_end(&fault);
	return error;
}

/*
 * Copies to or from a part of one page. The lock is held meanwhile: a fork in
 * between would share the page with the child, and a write would reach both.
 * Returns false if the page cannot be had.
 */
static bool copy_within_page(struct space *space, uaddr_t address, char *buffer,
			     size_t size, bool write)
{
	struct fault fault = {
		.space = space,
		.address = address,
		.access = write ? ACCESS_WRITE : ACCESS_READ,
		.by_max_prot = true,
	};
	int error = fault_begin(&fault);
	char *at;

	if (!error) {
		at = (char *)phys_to_virt(pte_frame(*fault.entry)) +
		     address % PAGE_SIZE;
		memcpy(write ? at : buffer, write ? buffer : at, size);
	}
	fault_end(&fault);
	return !error;
}

long space_copy(struct space *space, uaddr_t address, void *buffer, size_t size,
		bool write)
{
	size_t done = 0;

	while (done < size && address < USER_END) {
		size_t part = MIN(size - done, PAGE_SIZE - address % PAGE_SIZE);

		if (!copy_within_page(space, address, (char *)buffer + done,
				      part, write))
			break;
		done += part;
		address += part;
	}
	return done || !size ? (long)done : -EFAULT;
}

/* ---- Anonymous memory ---- */

int anonymous_fault(struct area *area, uaddr_t address, paddr_t *frame,
		    bool *owned)
{
	(void)area, (void)address;
	*frame = frame_alloc_zeroed();
	*owned = true;
	return *frame ? 0 : -ENOMEM;
}

const struct area_ops anonymous_ops = { .fault = anonymous_fault };
const struct area_ops stack_ops = {
	.fault = anonymous_fault,
	.label = "[stack]",
};

/* ---- The trap ---- */

/* Sends the process the signal for what it did. */
static void signal_fault(struct trapframe *tf, uaddr_t address, int error)
{
	int code = error == -EACCES ? SEGV_ACCERR : SEGV_MAPERR;

	if (error == -ENOMEM)
		trap_hooks.user_fault(tf, SIGKILL, SI_KERNEL, address);
	else if (error == -ENXIO)
		trap_hooks.user_fault(tf, SIGBUS, BUS_ADRERR, address);
	else
		trap_hooks.user_fault(tf, SIGSEGV, code, address);
}

/* Returns what an access wanted, from the CPU's error code. */
static enum access access_of(uint64_t code)
{
	return code & PF_FETCH   ? ACCESS_EXEC
	       : code & PF_WRITE ? ACCESS_WRITE
				 : ACCESS_READ;
}

/*
 * Returns whether a page could help. The kernel may touch user memory at marked
 * instructions only. A fault in ring 3 that is not a user's access is the CPU's
 * own, reading a table, or in QEMU IRET reading the program's stack: if the page
 * is present, SMAP has refused the access, and will do so again.
 */
static bool may_be_cured(const struct trapframe *tf, uint64_t address)
{
	if (address >= USER_END || tf->code & PF_RESERVED)
		return false;
	if (!trap_from_user(tf))
		return trap_find_fixup(tf->rip);
	return tf->code & PF_USER || !(tf->code & PF_PRESENT);
}

/* Does the same as space_fault(), but makes room if memory is full. */
static int fault_with_room(struct space *space, uaddr_t address,
			   enum access access, bool may_sleep)
{
	int error;

	do
		error = space_fault(space, address, access);
	while (error == -ENOMEM && may_sleep && fault_memory_full &&
	       fault_memory_full());
	return error;
}

/* The trap. A fault that cannot be cured is a signal for a program, an error for
 * a marked instruction of the kernel, and else a panic. */
static void handle_page_fault(struct trapframe *tf)
{
	uint64_t address = read_cr2();
	struct space *space = THIS_CPU->space;
	int error = -EFAULT;

	if (tf->rflags & RFLAGS_IF)
		irq_enable();
	/* a program is not told what the kernel has mapped */
	if (trap_from_user(tf) && address >= USER_END)
		tf->code |= PF_PRESENT;
	if (may_be_cured(tf, address) && space)
		error = fault_with_room(space, address, access_of(tf->code),
					tf->rflags & RFLAGS_IF);
	if (!error)
		return;
	if (trap_from_user(tf)) {
		signal_fault(tf, address, error);
		return;
	}
	if (trap_fixup(tf))
		return;
	irq_disable();
	kprintf("\n");
	trap_report(tf);
	if (vmap_is_guard(address))
		kprintf("  %#lx is a guard page: a stack overflow?\n", address);
	panic("page fault in the kernel");
}

void fault_init(void)
{
	trap_set_handler(VECTOR_PF, handle_page_fault);
}
