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

#define READ_SELECTOR(name)                                               \
	static uint16_t read_##name(void)                                 \
	{                                                                 \
		uint16_t selector;                                        \
                                                                          \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(selector)); \
		return selector;                                          \
	}
READ_SELECTOR(ds)
READ_SELECTOR(es)
READ_SELECTOR(fs)
READ_SELECTOR(gs)

/*
 * Ring 3 may load any selector of its own; nearly all tasks leave them 0.
 * Loading GS destroys the base in use, so the kernel's is put out of the way.
 */
static void load_selectors(const union selectors *to)
{
	__asm__ volatile("mov %0, %%ds" : : "r"(to->ds));
	__asm__ volatile("mov %0, %%es" : : "r"(to->es));
	__asm__ volatile("mov %0, %%fs" : : "r"(to->fs));
	__asm__ volatile("swapgs; mov %0, %%gs; swapgs" : : "r"(to->gs));
}

/* Loading a selector in ring 3 changes the base as well: both are read. */
inline void context_leave(struct context *from)
{
	fpu_save(from->fpu);
	from->selectors.ds = read_ds();
	from->selectors.es = read_es();
	from->selectors.fs = read_fs();
	from->selectors.gs = read_gs();
	from->fs_base = rdmsr(MSR_FS_BASE);
	from->gs_base = rdmsr(MSR_KERNEL_GS_BASE);
}

/*
 * The bases are loaded at each switch, never compared: what one task did to
 * the registers is nothing to the next.
 */
static inline void enter(struct context *to)
{
	wrmsr(MSR_FS_BASE, to->fs_base);
	wrmsr(MSR_KERNEL_GS_BASE, to->gs_base);
	fpu_load(to->fpu);
	THIS_CPU->current = to;
	THIS_CPU->descriptors.tss.rsp[0] = to->stack_top;
}

void context_enter(struct context *to)
{
	load_selectors(&to->selectors);
	enter(to);
}

void context_switch(struct context *from, struct context *to)
{
	context_leave(from);
	if (unlikely(from->selectors.all | to->selectors.all))
		load_selectors(&to->selectors);
	enter(to);
	switch_stacks(from, to);
}
