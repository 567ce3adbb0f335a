/*
 * The vDSO: a shared library without a file. One copy of its frames serves all
 * processes; a process that writes to its mapping (a debugger sets a
 * breakpoint) gets a private copy of that page. The data page below cannot be
 * written to by any process.
 */
#include "kernel/process/vdso.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/lib/string.h"
#include "kernel/lib/word.h"
#include "kernel/mm/frame.h"
#include "kernel/process/exec.h"
#include "kernel/time/vvar.h"

#define TABLE_REACH (2ul << 20) /* what one page table covers */

static bool vdso_enabled = true;

/* Bytes of the image: whole pages. */
static size_t image_size(void)
{
	return (size_t)(vdso_image_end - vdso_image_start);
}

/* ---- The two areas ---------------------------------------------------------- */

/* The frames belong to the kernel's image: a reference for each mapping keeps
 * them from ever being freed with a process. */
static int fault_image(struct area *area, uaddr_t address, paddr_t *frame,
		       bool *owned)
{
	*frame = virt_to_phys(vdso_image_start) + area->offset +
		 (ALIGN_DOWN(address, PAGE_SIZE) - area->start);
	*owned = false;
	frame_get(*frame);
	return 0;
}

/* The data page is one frame of the kernel's, which no process can write to. */
static int fault_vvar(struct area *area, uaddr_t address, paddr_t *frame,
		      bool *owned)
{
	*frame = virt_to_phys(&vvar_k) + area->offset +
		 (ALIGN_DOWN(address, PAGE_SIZE) - area->start);
	*owned = false;
	frame_get(*frame);
	return 0;
}

static const struct area_ops image_ops = {
	.fault = fault_image,
	.label = "[vdso]",
};

static const struct area_ops vvar_ops = {
	.fault = fault_vvar,
	.label = "[vvar]",
};

/*
 * Chooses a random address above the stack, as Linux does: within the reach of
 * the stack's own page table, if there is room, so that the mappings cost none of
 * their own.
 */
static uaddr_t choose_place(uaddr_t stack_top, size_t size)
{
	uaddr_t start = stack_top + PAGE_SIZE;
	uaddr_t end = ALIGN_UP(start + size, TABLE_REACH);
	uint64_t choices = (end - size - start) / PAGE_SIZE + 1;

	return start + exec_random(choices) * PAGE_SIZE;
}

int arch_setup_additional_pages(struct space *space)
{
	uaddr_t start = choose_place(space->stack_top,
				     VVAR_SIZE + image_size());
	struct area vvar = {
		.start = start,
		.end = start + VVAR_SIZE,
		.prot = PROT_READ,
		.max_prot = PROT_READ,
		.flags = AREA_SPECIAL,
		.ops = &vvar_ops,
	};
	struct area image = {
		.start = vvar.end,
		.end = vvar.end + image_size(),
		.prot = PROT_READ | PROT_EXEC,
		.max_prot = PROT_READ | PROT_WRITE | PROT_EXEC,
		.flags = AREA_SPECIAL,
		.ops = &image_ops,
	};
	int error;

	if (!vdso_enabled)
		return 0;
	error = space_map_fixed(space, &vvar) ?: space_map_fixed(space, &image);
	if (!error)
		space->vdso = image.start;
	return error;
}

/* With vdso=0 programs are not told of an image, and make system calls. */
static void set_vdso(const char *value)
{
	vdso_enabled = strcmp(value, "0");
}
WORD("vdso", set_vdso);
