/*
 * The machine's part of a switch from one task to another, besides the stacks
 * (switch.asm): FPU, thread pointers, and the stack for entries from ring 3.
 */
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"
#include "kernel/mm/layout.h"

void context_start(void); /* switch.asm */

/* What context_switch() pops, in that order. */
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

/* Loading GS destroys its base, so the kernel's is put out of the way. */
static void load_gs(uint16_t selector)
{
	__asm__ volatile("swapgs; mov %0, %%gs; swapgs" : : "r"(selector));
}

/*
 * Ring 3 may load selectors, which changes its bases behind our back. The
 * bases are loaded at each switch, never compared: what one task did to the
 * registers is nothing to the next.
 */
void context_leave(struct context *from)
{
	fpu_save(from->fpu);
	from->fs = read_fs();
	from->gs = read_gs();
}

void context_enter(struct context *to)
{
	struct cpu *cpu = this_cpu();

	if (read_fs() | to->fs)
		__asm__ volatile("mov %0, %%fs" : : "r"(to->fs));
	if (read_gs() | to->gs)
		load_gs(to->gs);
	wrmsr(MSR_FS_BASE, to->fs ? 0 : to->fs_base);
	wrmsr(MSR_KERNEL_GS_BASE, to->gs ? 0 : to->gs_base);
	fpu_load(to->fpu);

	cpu->current = to;
	cpu->kernel_rsp = to->stack_top;
	cpu->descriptors.tss.rsp[0] = to->stack_top;
}
