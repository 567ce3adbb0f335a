/*
 * The machine's part of a switch from one task to another: FPU, thread
 * pointers, the stack for entries from ring 3, and the stacks (switch.asm).
 */
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"
#include "kernel/mm/layout.h"

/* switch.asm */
void switch_stacks(struct context *from, struct context *to);
void context_start(void);

/* What switch_stacks() pops, in that order. */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp, rip;
};

/* FPU area at the very top of the stack, then the frame from ring 3. */
void context_adopt(struct context *context, void *stack)
{
	uint64_t top = (uint64_t)stack + KERNEL_STACK_SIZE;

	context->fpu = (void *)((top - fpu_size()) & ~63ul);
	context->stack_top = (uint64_t)context->fpu;
}

void context_init(struct context *context, void *stack,
		  void (*start)(void *argument), void *argument)
{
	struct switch_frame *frame;

	context_adopt(context, stack);
	fpu_area_init(context->fpu);
	frame = (struct switch_frame *)(context->stack_top -
					sizeof(struct trapframe)) -
		2;
	memset(frame, 0, sizeof(*frame));
	frame->rip = (uint64_t)context_start;
	frame->rbx = (uint64_t)start;
	frame->r12 = (uint64_t)argument;
	context->rsp = (uint64_t)frame;
}

static uint16_t read_fs(void)
{
	uint16_t selector;

	__asm__ volatile("mov %%fs, %0" : "=r"(selector));
	return selector;
}

static uint16_t read_gs(void)
{
	uint16_t selector;

	__asm__ volatile("mov %%gs, %0" : "=r"(selector));
	return selector;
}

/*
 * Ring 3 may load selectors, which changes its bases behind our back: to 0, as
 * all of ours have it. Loading GS destroys the base in use, so the kernel's is
 * put out of the way.
 */
static void load_selectors(struct context *to)
{
	__asm__ volatile("mov %0, %%fs" : : "r"(to->fs));
	__asm__ volatile("swapgs; mov %0, %%gs; swapgs" : : "r"(to->gs));
	if (to->fs)
		to->fs_base = 0;
	if (to->gs)
		to->gs_base = 0;
}

/* This and the next are inline for context_switch(): two calls less a switch. */
inline void context_leave(struct context *from)
{
	fpu_save(from->fpu);
	from->fs = read_fs();
	from->gs = read_gs();
}

/*
 * The bases are loaded at each switch, never compared: what one task did to the
 * registers is nothing to the next.
 */
inline void context_enter(struct context *to)
{
	if (unlikely(read_fs() | read_gs() | to->fs | to->gs))
		load_selectors(to);
	wrmsr(MSR_FS_BASE, to->fs_base);
	wrmsr(MSR_KERNEL_GS_BASE, to->gs_base);
	fpu_load(to->fpu);
	THIS_CPU->current = to;
	THIS_CPU->descriptors.tss.rsp[0] = to->stack_top;
}

void context_switch(struct context *from, struct context *to)
{
	context_leave(from);
	context_enter(to);
	switch_stacks(from, to);
}
