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

/* The area for a fault at `address`; a stack grows down to it. */
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

/* The area gets a page of its own instead of a shared one. */
static int copy_on_write(struct area *area, uaddr_t page, pte_t *entry)
{
	paddr_t old = pte_frame(*entry), new = frame_alloc();

	if (!new)
		return -ENOMEM;
	page_copy(phys_to_virt(new), phys_to_virt(old));
	*entry = area_pte(area, new, true);
	tlb_flush(area->space, page, page + PAGE_SIZE);
	frame_put(old);
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

/* Makes the page present, and the area's own for a write. Lock held. */
static int bring_in(struct area *area, uaddr_t page, bool write, pte_t *entry)
{
	paddr_t frame;
	bool owned = false;
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
		return copy_on_write(area, page, entry);
	*entry = area_pte(area, pte_frame(*entry), true);
	return 0;
}

static bool allowed(unsigned prot, enum access access)
{
	switch (access) {
	case ACCESS_WRITE:
		return prot & PROT_WRITE;
	case ACCESS_EXEC:
		return prot & PROT_EXEC;
	default:
		return prot; /* x86 knows no page that can only be executed */
	}
}

/* Lock held. */
static int fault_in(struct space *space, uaddr_t address, enum access access,
		    bool by_max_prot, pte_t **entry)
{
	struct area *area = find_area(space, address);
	uaddr_t page = ALIGN_DOWN(address, PAGE_SIZE);

	if (!area)
		return -EFAULT;
	if (!allowed(by_max_prot ? area->max_prot : area->prot, access) ||
	    (by_max_prot && access == ACCESS_WRITE &&
	     area->flags & AREA_SHARED && !(area->prot & PROT_WRITE)))
		return -EACCES;
	*entry = pagetable_walk(space->root, page, true);
	if (!*entry)
		return -ENOMEM;
	return bring_in(area, page, access == ACCESS_WRITE, *entry);
}

int space_fault(struct space *space, uaddr_t address, enum access access)
{
	pte_t *entry;
	int error;

	spin_lock(&space->lock);
	error = fault_in(space, address, access, false, &entry);
	spin_unlock(&space->lock);
	return error;
}

int space_copy_within_page(struct space *space, uaddr_t address, void *buffer,
			   size_t size, bool write)
{
	pte_t *entry;
	char *at;
	int error;

	spin_lock(&space->lock);
	error = fault_in(space, address, write ? ACCESS_WRITE : ACCESS_READ,
			 true, &entry);
	if (!error) {
		at = (char *)phys_to_virt(pte_frame(*entry)) +
		     address % PAGE_SIZE;
		memcpy(write ? at : buffer, write ? buffer : at, size);
	}
	spin_unlock(&space->lock);
	return error ? -EFAULT : 0;
}

/* ---- Anonymous memory ---- */

static int anonymous_fault(struct area *area, uaddr_t address, paddr_t *frame,
			   bool *owned)
{
	(void)area, (void)address;
	*frame = frame_alloc_zeroed();
	*owned = true;
	return *frame ? 0 : -ENOMEM;
}

static const char *stack_name(struct area *area, char *buffer, size_t size)
{
	(void)area, (void)buffer, (void)size;
	return "[stack]";
}

static const char *heap_name(struct area *area, char *buffer, size_t size)
{
	(void)area, (void)buffer, (void)size;
	return "[heap]";
}

const struct area_ops anonymous_ops = { .fault = anonymous_fault };
const struct area_ops stack_ops = {
	.fault = anonymous_fault,
	.name = stack_name,
};
const struct area_ops heap_ops = {
	.fault = anonymous_fault,
	.name = heap_name,
};

/* ---- The trap ---- */

/* The process pays for what it did: a signal. */
static void signal_fault(struct trapframe *tf, uaddr_t address, int error)
{
	switch (error) {
	case -ENOMEM:
		kprintf("out of memory\n");
		trap_hooks.user_fault(tf, SIGKILL, SI_KERNEL, address);
		break;
	case -ENXIO:
		trap_hooks.user_fault(tf, SIGBUS, BUS_ADRERR, address);
		break;
	case -EACCES:
		trap_hooks.user_fault(tf, SIGSEGV, SEGV_ACCERR, address);
		break;
	default:
		trap_hooks.user_fault(tf, SIGSEGV, SEGV_MAPERR, address);
	}
}

static enum access access_of(uint64_t code)
{
	return code & PF_FETCH   ? ACCESS_EXEC
	       : code & PF_WRITE ? ACCESS_WRITE
				 : ACCESS_READ;
}

/*
 * The kernel may touch user memory at marked instructions only. A fault in
 * ring 3 that says supervisor is the CPU's reading of a table or, with QEMU,
 * IRET's of the program's stack: where the page is there, SMAP refuses it, and
 * will again.
 */
static bool may_be_cured(const struct trapframe *tf, uint64_t address)
{
	if (address >= USER_END || tf->code & PF_RESERVED)
		return false;
	if (!trap_from_user(tf))
		return trap_has_fixup(tf);
	return tf->code & PF_USER || !(tf->code & PF_PRESENT);
}

/* As space_fault(), and makes room if memory is full. */
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
