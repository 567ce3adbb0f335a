/*
 * Where entry.asm's traps go: the table of handlers, the exceptions that have no
 * handler of their own, and the reports.
 */
#include "kernel/cpu/trap.h"

#include "kernel/abi/signal.h"
#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/hook.h"

#define VECTORS   256
#define STUB_SIZE 16

/* A gate of the IDT (SDM 3A 6.14.1). */
struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

#define GATE_INTERRUPT 0x8e /* present, interrupts off */
#define GATE_RING3     0x60 /* INT n may use it */

extern char trap_stubs[];
/* Pairs of an instruction and its fix-up, each relative to its own place. */
extern const int32_t extable_start[], extable_end[];

static struct gate idt[VECTORS] __attribute__((aligned(16)));
static trap_handler *handlers[VECTORS];
struct trap_hooks trap_hooks;

/* The exceptions: what they are called in reports, and the signal that they are
 * to a process if ring 3 causes one (signal(7), sigaction(2)); 0 is none. */
static const struct exception {
	const char *name;
	int signo, code;
} exceptions[VECTOR_IRQ] = {
	[VECTOR_DE] = { "division error", SIGFPE, FPE_INTDIV },
	[VECTOR_DB] = { "debug trap", SIGTRAP, TRAP_TRACE },
	[VECTOR_NMI] = { "non-maskable interrupt", 0, 0 },
	[VECTOR_BP] = { "breakpoint", SIGTRAP, SI_KERNEL },
	[VECTOR_OF] = { "overflow", SIGSEGV, SI_KERNEL },
	[VECTOR_BR] = { "bound exceeded", SIGSEGV, SI_KERNEL },
	[VECTOR_UD] = { "invalid instruction", SIGILL, ILL_ILLOPN },
	[VECTOR_NM] = { "no FPU", SIGSEGV, SI_KERNEL },
	[VECTOR_DF] = { "double fault", 0, 0 },
	[VECTOR_TS] = { "invalid TSS", SIGSEGV, SI_KERNEL },
	[VECTOR_NP] = { "segment not present", SIGBUS, SI_KERNEL },
	[VECTOR_SS] = { "stack segment fault", SIGBUS, SI_KERNEL },
	[VECTOR_GP] = { "general protection fault", SIGSEGV, SI_KERNEL },
	[VECTOR_PF] = { "page fault", 0, 0 },
	[VECTOR_MF] = { "x87 floating-point error", SIGFPE, 0 },
	[VECTOR_AC] = { "alignment check", SIGBUS, BUS_ADRALN },
	[VECTOR_MC] = { "machine check", 0, 0 },
	[VECTOR_XM] = { "SIMD floating-point error", SIGFPE, 0 },
};

static const char *trap_name(const struct trapframe *tf)
{
	const char *name = NULL;

	if (tf->vector < VECTOR_IRQ)
		name = exceptions[tf->vector].name;
	return name ? name : "a trap without a handler";
}

uint64_t trap_find_fixup(uint64_t rip)
{
	for (const int32_t *e = extable_start; e < extable_end; e += 2)
		if ((uint64_t)&e[0] + e[0] == rip)
			return (uint64_t)&e[1] + e[1];
	return 0;
}

bool trap_fixup(struct trapframe *tf)
{
	uint64_t fixup = trap_find_fixup(tf->rip);

	if (fixup)
		tf->rip = fixup;
	return fixup;
}

static void print_code(const struct trapframe *tf)
{
	uint64_t code = tf->code;

	if (tf->vector != VECTOR_PF) {
		if (code)
			kprintf(", error code %#lx", code);
		return;
	}
	kprintf(": %s of %#lx%s%s",
		code & PF_FETCH   ? "execution"
		: code & PF_WRITE ? "write"
				  : "read",
		read_cr2(),
		code & PF_USER      ? ""
		: code & PF_PRESENT ? ", which is mapped, by the kernel"
				    : ", which is not mapped, by the kernel",
		code & PF_RESERVED ? ", reserved bit set" : "");
}

void trap_report(const struct trapframe *tf)
{
	kprintf("%s (vector %lu)", trap_name(tf), tf->vector);
	print_code(tf);
	kprintf("\n"
		"  rip %04lx:%016lx  rsp %04lx:%016lx  rflags %08lx\n"
		"  rax %016lx  rbx %016lx  rcx %016lx\n"
		"  rdx %016lx  rsi %016lx  rdi %016lx\n"
		"  rbp %016lx  r8  %016lx  r9  %016lx\n"
		"  r10 %016lx  r11 %016lx  r12 %016lx\n"
		"  r13 %016lx  r14 %016lx  r15 %016lx\n",
		tf->cs, tf->rip, tf->ss, tf->rsp, tf->rflags, tf->rax, tf->rbx,
		tf->rcx, tf->rdx, tf->rsi, tf->rdi, tf->rbp, tf->r8, tf->r9,
		tf->r10, tf->r11, tf->r12, tf->r13, tf->r14, tf->r15);
	if (!trap_from_user(tf))
		backtrace_print(tf->rip, tf->rbp);
}

/* DR6 says what kind of debug trap it is; the CPU sets its bits and never clears
 * them (SDM 3B 17.2). */
static void handle_debug(struct trapframe *tf)
{
	uint64_t dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" : : "r"(0ul));
	if (trap_from_user(tf)) {
		irq_enable();
		trap_hooks.user_fault(tf, SIGTRAP,
				      dr6 & 1 << 14 ? TRAP_TRACE : TRAP_BRKPT,
				      tf->rip);
	} else {
		/* ring 3's trap flag, kept over an entry: single-stepping
		 * ends here */
		tf->rflags &= ~RFLAGS_TF;
	}
}

static void handle_exception(struct trapframe *tf)
{
	const struct exception *e = &exceptions[tf->vector % VECTOR_IRQ];
	bool at_rip = tf->vector == VECTOR_DE || tf->vector == VECTOR_UD;

	if (trap_from_user(tf) && tf->vector < VECTOR_IRQ && e->signo) {
		irq_enable();
		trap_hooks.user_fault(tf, e->signo, e->code,
				      at_rip ? tf->rip : 0);
		return;
	}
	if (tf->vector == VECTOR_GP && trap_fixup(tf))
		return;
	kprintf("\n");
	trap_report(tf);
	panic("%s in the kernel", trap_name(tf));
}

/* #MF and #XM: the signal's code says which exception it was. */
static void handle_float_error(struct trapframe *tf)
{
	int code;

	if (!trap_from_user(tf)) {
		handle_exception(tf);
		return;
	}
	code = fpu_signal_code(tf->vector == VECTOR_MF);
	irq_enable();
	trap_hooks.user_fault(tf, SIGFPE, code, tf->rip);
}

static void handle_nmi(struct trapframe *tf)
{
	(void)tf;
	this_cpu()->nmis++;
}

/* INT 0x80 takes i386 numbers and 32-bit registers, from any code segment. */
static void handle_syscall32(struct trapframe *tf)
{
	tf->code = (uint32_t)tf->rax;
	irq_enable();
	tf->rax = (uint64_t)trap_hooks.syscall32(
		(uint32_t)tf->rbx, (uint32_t)tf->rcx, (uint32_t)tf->rdx,
		(uint32_t)tf->rsi, (uint32_t)tf->rdi, (uint32_t)tf->rbp);
}

/*
 * Panics after an exception in the kernel with the program's GS still loaded;
 * the kernel's is loaded first, since the report needs it. A program cannot set
 * a base in the kernel's half, so the sign tells which one is loaded.
 */
static void check_gs(const struct trapframe *tf)
{
	if ((int64_t)rdmsr(MSR_GS_BASE) < 0)
		return;
	__asm__ volatile("swapgs" : : : "memory");
	trap_report(tf);
	panic("the kernel ran with the program's GS");
}

/* Called by entry.asm; interrupts are off. */
void trap_dispatch(struct trapframe *tf);
void trap_check_frame(const struct trapframe *tf);

void trap_dispatch(struct trapframe *tf)
{
	if (ASSERTIONS && trap_from_user(tf))
		HOOK_CALL(kernel_entered);
	else if (tf->vector < VECTOR_IRQ)
		check_gs(tf);
	handlers[tf->vector](tf);
}

/* Called in a build with ASSERT=1 before each return to ring 3, while GS is
 * still the kernel's. */
void trap_check_frame(const struct trapframe *tf)
{
	if (tf == user_trapframe() && tf->cs == USER_CS && tf->ss == USER_DS &&
	    tf->rflags & RFLAGS_IF)
		return;
	trap_report(tf);
	panic("a bad frame on the way to ring 3");
}

void trap_set_handler(unsigned vector, trap_handler *handler)
{
	handlers[vector] = handler;
}

void trap_wrap_handler(unsigned vector, trap_handler *handler,
		       trap_handler **old)
{
	*old = handlers[vector];
	handlers[vector] = handler;
}

static void set_gate(unsigned vector)
{
	uint64_t stub = (uint64_t)trap_stubs + vector * STUB_SIZE;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)stub,
		.offset_middle = (uint16_t)(stub >> 16),
		.offset_high = (uint32_t)(stub >> 32),
		.selector = KERNEL_CS,
		.type = GATE_INTERRUPT,
	};
	handlers[vector] = handle_exception;
}

void trap_init(void)
{
	for (unsigned vector = 0; vector < VECTORS; vector++)
		set_gate(vector);
	idt[VECTOR_DF].ist = IST_DOUBLE_FAULT;
	idt[VECTOR_NMI].ist = IST_NMI;
	idt[VECTOR_DB].ist = IST_DEBUG;
	idt[VECTOR_MC].ist = IST_MACHINE_CHECK;
	idt[VECTOR_BP].type |= GATE_RING3;
	idt[VECTOR_OF].type |= GATE_RING3;
	idt[VECTOR_SYSCALL32].type |= GATE_RING3;

	trap_set_handler(VECTOR_DB, handle_debug);
	trap_set_handler(VECTOR_NMI, handle_nmi);
	trap_set_handler(VECTOR_MF, handle_float_error);
	trap_set_handler(VECTOR_XM, handle_float_error);
	trap_set_handler(VECTOR_SYSCALL32, handle_syscall32);
}

void trap_init_cpu(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ volatile("lidt %0" : : "m"(pointer));
}
