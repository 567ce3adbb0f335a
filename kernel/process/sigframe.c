/*
 * Signal frames: Linux's struct rt_sigframe, with the FPU's state above it, on
 * the user's stack. What comes back from ring 3 by rt_sigreturn(2) is never
 * trusted: it may hold anything.
 */
#include "kernel/process/sigframe.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/descriptors.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/uaccess.h"
#include "kernel/process/signal.h"

#define RED_ZONE 128 /* below RSP, the program's own (System V ABI 3.2.2) */

/* What rt_sigreturn sets: CF PF AF ZF SF TF DF OF RF AC. The others stay. */
#define RFLAGS_USER 0x50dd5ul

/* x87 and SSE, in XSAVE's terms: all that FXSAVE's format holds. */
#define XFEATURES_FXSAVE 3

struct rt_sigframe {
	uint64_t pretcode; /* the return address: SA_RESTORER's */
	struct ucontext uc;
	siginfo_t info;
};

/* The FPU's part, as long as fpu_size() says; a last word follows. */
union fpu_area {
	struct _xstate xstate;
	uint8_t bytes[FPU_AREA_MAX];
} __aligned(64);

/* ---- The way to the handler ------------------------------------------------ */

/* Bytes of the FPU's part in a frame. */
static size_t fpu_total(void)
{
	return fpu_size() + (fpu_mask ? FP_XSTATE_MAGIC2_SIZE : 0);
}

/* Returns where the frame goes, below the program's stack pointer, and the FPU
 * state's address in *fpu; or 0: there is no room. */
static uint64_t frame_place(const struct trapframe *tf, uint64_t flags,
			    stack_t *stack, uint64_t *fpu)
{
	uint64_t sp = tf->rsp - RED_ZONE;
	size_t most = fpu_total() + sizeof(struct rt_sigframe) + 64 + 16;

	HOOK_CALL(signal_stack, tf->rsp, flags, most, &sp, stack);
	if (!sp)
		return 0;
	*fpu = ALIGN_DOWN(sp - fpu_total(), 64);
	/* as if a call had just pushed the return address */
	return ALIGN_DOWN(*fpu - sizeof(struct rt_sigframe), 16) - 8;
}

/* Writes the FPU's registers as they are now, in Linux's form. 0 or -EFAULT. */
static int write_fpu(uint64_t to)
{
	struct _xstate *area = current_task()->context.fpu;

	fpu_save(area);
	/* XSAVE and FXSAVE leave these bytes to the software (SDM 1 10.5.1) */
	area->fpstate.sw_reserved = (struct _fpx_sw_bytes){ 0 };
	if (fpu_mask)
		area->fpstate.sw_reserved = (struct _fpx_sw_bytes){
			.magic1 = FP_XSTATE_MAGIC1,
			.extended_size = (uint32_t)fpu_total(),
			.xfeatures = fpu_mask,
			.xstate_size = (uint32_t)fpu_size(),
		};
	if (fpu_mask && put_user32(to + fpu_size(), FP_XSTATE_MAGIC2) < 0)
		return -EFAULT;
	return copy_to_user(to, area, fpu_size());
}

/* Copies the registers into the frame, and what an exception said. */
static void fill_registers(struct sigcontext *sc, const struct trapframe *tf,
			   const siginfo_t *info)
{
	sc->r8 = tf->r8;
	sc->r9 = tf->r9;
	sc->r10 = tf->r10;
	sc->r11 = tf->r11;
	sc->r12 = tf->r12;
	sc->r13 = tf->r13;
	sc->r14 = tf->r14;
	sc->r15 = tf->r15;
	sc->rdi = tf->rdi;
	sc->rsi = tf->rsi;
	sc->rbp = tf->rbp;
	sc->rbx = tf->rbx;
	sc->rdx = tf->rdx;
	sc->rax = tf->rax;
	sc->rcx = tf->rcx;
	sc->rsp = tf->rsp;
	sc->rip = tf->rip;
	sc->eflags = tf->rflags;
	sc->cs = USER_CS;
	sc->ss = USER_DS;
	if (tf->vector < VECTOR_IRQ) { /* the signal is an exception's */
		sc->err = tf->code;
		sc->trapno = tf->vector;
	}
	if (tf->vector == VECTOR_PF)
		sc->cr2 = info->si_addr;
}

/* Sets the registers as a handler of three arguments finds them. */
static void enter_handler(struct trapframe *tf, uint64_t handler, uint64_t sp,
			  int signo)
{
	tf->rdi = (uint64_t)signo;
	tf->rsi = sp + offsetof(struct rt_sigframe, info);
	tf->rdx = sp + offsetof(struct rt_sigframe, uc);
	tf->rax = 0; /* for functions with variable arguments */
	tf->rip = handler;
	tf->rsp = sp;
	tf->rflags &= ~(RFLAGS_TF | RFLAGS_DF | RFLAGS_RF);
	fpu_area_init(current_task()->context.fpu);
	fpu_load(current_task()->context.fpu);
}

int sigframe_build(struct trapframe *tf, const struct kernel_sigaction *action,
		   const siginfo_t *info, sigset_t mask)
{
	stack_t stack = { .ss_flags = SS_DISABLE };
	uint64_t fpu, sp = frame_place(tf, action->sa_flags, &stack, &fpu);

	if (!sp || !(action->sa_flags & SA_RESTORER) ||
	    action->sa_handler >= USER_END)
		return -EFAULT;

	struct rt_sigframe frame = {
		.pretcode = action->sa_restorer,
		.uc = { .uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
				    (fpu_mask ? UC_FP_XSTATE : 0),
			.uc_stack = stack,
			.uc_mcontext = { .oldmask = mask, .fpstate = fpu },
			.uc_sigmask = mask },
		.info = *info,
	};

	fill_registers(&frame.uc.uc_mcontext, tf, info);
	if (write_fpu(fpu) < 0 || copy_to_user(sp, &frame, sizeof(frame)) < 0)
		return -EFAULT;
	enter_handler(tf, action->sa_handler, sp, info->si_signo);
	return 0;
}

/* ---- The way back ----------------------------------------------------------- */

/* Is there an XSAVE area of the kernel's own size, ended by its magic number? */
static bool is_xsave(const struct _fpx_sw_bytes *software, uint64_t from)
{
	uint32_t magic2;

	return fpu_mask && software->magic1 == FP_XSTATE_MAGIC1 &&
	       software->xstate_size == fpu_size() &&
	       software->extended_size >= fpu_total() &&
	       get_user32(&magic2, from + fpu_size()) == 0 &&
	       magic2 == FP_XSTATE_MAGIC2;
}

/* Loads the FPU's state from a frame; 0 is the initial state. 0 or -EFAULT. */
static int read_fpu(uint64_t from)
{
	union fpu_area area __uninitialized;
	size_t legacy = sizeof(area.xstate.fpstate);
	uint8_t *rest = area.bytes + legacy;

	if (!from) {
		fpu_area_init(&area);
	} else if (copy_from_user(&area, from, legacy) < 0) {
		return -EFAULT;
	} else if (!is_xsave(&area.xstate.fpstate.sw_reserved, from)) {
		memset(rest, 0, sizeof(area) - legacy);
		area.xstate.xstate_hdr.xfeatures = XFEATURES_FXSAVE;
	} else if (copy_from_user(rest, from + legacy, fpu_size() - legacy) <
		   0) {
		return -EFAULT;
	}
	if (fpu_area_sanitize(&area) < 0)
		return -EFAULT;
	fpu_load(&area);
	return 0;
}

/* Takes the registers from the frame, and of RFLAGS what a program may change. */
static void take_registers(struct trapframe *tf, const struct sigcontext *sc)
{
	tf->r8 = sc->r8;
	tf->r9 = sc->r9;
	tf->r10 = sc->r10;
	tf->r11 = sc->r11;
	tf->r12 = sc->r12;
	tf->r13 = sc->r13;
	tf->r14 = sc->r14;
	tf->r15 = sc->r15;
	tf->rdi = sc->rdi;
	tf->rsi = sc->rsi;
	tf->rbp = sc->rbp;
	tf->rbx = sc->rbx;
	tf->rdx = sc->rdx;
	tf->rax = sc->rax;
	tf->rcx = sc->rcx;
	tf->rsp = sc->rsp;
	tf->rip = sc->rip;
	tf->rflags = (tf->rflags & ~RFLAGS_USER) | (sc->eflags & RFLAGS_USER);
	/* this is no system call's result any more, nor to be made again */
	tf->vector = VECTOR_SPURIOUS;
}

/* Would IRET load these without a fault? That fault would be the kernel's. */
static bool is_ring3(const struct ucontext *uc)
{
	const struct sigcontext *sc = &uc->uc_mcontext;

	return sc->rip < USER_END && sc->cs == USER_CS &&
	       (sc->ss == USER_DS || !(uc->uc_flags & UC_STRICT_RESTORE_SS));
}

int sigframe_restore(struct trapframe *tf)
{
	uint64_t sp = tf->rsp - 8; /* the handler's RET took the rest */
	struct ucontext uc __uninitialized;

	if (copy_from_user(&uc, sp + offsetof(struct rt_sigframe, uc),
			   sizeof(uc)) < 0 ||
	    read_fpu(uc.uc_mcontext.fpstate) < 0)
		return -EFAULT;
	signal_set_mask(uc.uc_sigmask);
	take_registers(tf, &uc.uc_mcontext);
	HOOK_CALL(signal_returns, tf->rsp, &uc.uc_stack);
	if (is_ring3(&uc))
		return 0;
	/* If the signal gets lost because another thread ignores it, the
	 * thread must not go on: nothing is mapped at 0. */
	if (tf->rip >= USER_END)
		tf->rip = 0;
	return -EFAULT;
}
