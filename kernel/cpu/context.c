/*
 * The machine's part of a switch from one task to another: it saves and loads
 * the FPU and the segment registers, sets the stack for entries from ring 3, and
 * changes the stack (switch.asm).
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

/* The registers that switch_stacks() pops, in that order. */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp, rip;
};

/* The FPU area is at the very top of the stack, the frame from ring 3 below. */
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

/* Nearly all tasks leave the selectors and the base of GS 0. */
static inline bool uses_segments(const struct context *context)
{
	return context->selectors.all | context->gs_base;
}

/* Loading GS destroys the base in use, so the kernel's is put out of the way. */
static void load_segments(const struct context *to)
{
	__asm__ volatile("mov %0, %%ds" : : "r"(to->selectors.ds));
	__asm__ volatile("mov %0, %%es" : : "r"(to->selectors.es));
	__asm__ volatile("mov %0, %%fs" : : "r"(to->selectors.fs));
	__asm__ volatile("swapgs; mov %0, %%gs; swapgs"
			 :
			 : "r"(to->selectors.gs));
	wrmsr(MSR_KERNEL_GS_BASE, to->gs_base);
}

/*
 * Ring 3 has one way to change a base: it loads the selector, which makes the
 * base that of the segment, 0. So a base of 0 stays 0, and that of FS, which
 * libraries set for good, is not read at each switch: a program that loads FS
 * with 0 may lose it, and finds it again after the next switch.
 */
inline void context_leave(struct context *from)
{
	fpu_save(from->fpu);
	__asm__ volatile("mov %%ds, %0" : "=m"(from->selectors.ds));
	__asm__ volatile("mov %%es, %0" : "=m"(from->selectors.es));
	__asm__ volatile("mov %%fs, %0" : "=m"(from->selectors.fs));
	__asm__ volatile("mov %%gs, %0" : "=m"(from->selectors.gs));
	if (unlikely(uses_segments(from))) {
		from->gs_base = rdmsr(MSR_KERNEL_GS_BASE);
		from->fs_base = rdmsr(MSR_FS_BASE);
	}
}

/* The base of FS is loaded, never compared: ring 3 may have changed it. */
static inline void enter(struct context *to)
{
	wrmsr(MSR_FS_BASE, to->fs_base);
	fpu_load(to->fpu);
	THIS_CPU->current = to;
	THIS_CPU->descriptors.tss.rsp[0] = to->stack_top;
}

void context_enter(struct context *to)
{
	load_segments(to);
	enter(to);
}

void context_switch(struct context *from, struct context *to)
{
	context_leave(from);
	if (unlikely(uses_segments(from) || uses_segments(to)))
		load_segments(to);
	enter(to);
	switch_stacks(from, to);
}
