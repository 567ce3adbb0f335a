/*
 * Where entry.asm's traps go: the table of handlers, what becomes of
 * exceptions that nobody handles, and their reports.
 */
#include "kernel/cpu/trap.h"

#include "kernel/abi/signal.h"
#include "kernel/cpu/backtrace.h"
#include "kernel/cpu/fpu.h"
#include "kernel/cpu/kprintf.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/poison.h"
#include "kernel/cpu/x86.h"
#include "kernel/lib/string.h"

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
extern const int32_t extable_start[], extable_end[];

static struct gate idt[VECTORS] __attribute__((aligned(16)));
static trap_handler *handlers[VECTORS];
struct trap_hooks trap_hooks;

static const char *const exception_names[32] = {
	[VECTOR_DE] = "division error",
	[VECTOR_DB] = "debug trap",
	[VECTOR_NMI] = "non-maskable interrupt",
	[VECTOR_BP] = "breakpoint",
	[VECTOR_OF] = "overflow",
	[VECTOR_BR] = "bound exceeded",
	[VECTOR_UD] = "invalid instruction",
	[VECTOR_NM] = "no FPU",
	[VECTOR_DF] = "double fault",
	[VECTOR_TS] = "invalid TSS",
	[VECTOR_NP] = "segment not present",
	[VECTOR_SS] = "stack segment fault",
	[VECTOR_GP] = "general protection fault",
	[VECTOR_PF] = "page fault",
	[VECTOR_MF] = "x87 floating-point error",
	[VECTOR_AC] = "alignment check",
	[VECTOR_MC] = "machine check",
	[VECTOR_XM] = "SIMD floating-point error",
};

/* What an exception in ring 3 means to the process: signal(7), sigaction(2). */
static const struct fault_signal {
	int signo, code;
} fault_signals[32] = {
	[VECTOR_DE] = { SIGFPE, FPE_INTDIV },
	[VECTOR_DB] = { SIGTRAP, TRAP_TRACE },
	[VECTOR_BP] = { SIGTRAP, SI_KERNEL },
	[VECTOR_OF] = { SIGSEGV, SI_KERNEL },
	[VECTOR_BR] = { SIGSEGV, SI_KERNEL },
	[VECTOR_UD] = { SIGILL, ILL_ILLOPN },
	[VECTOR_NM] = { SIGSEGV, SI_KERNEL },
	[VECTOR_TS] = { SIGSEGV, SI_KERNEL },
	[VECTOR_NP] = { SIGBUS, SI_KERNEL },
	[VECTOR_SS] = { SIGBUS, SI_KERNEL },
	[VECTOR_GP] = { SIGSEGV, SI_KERNEL },
	[VECTOR_AC] = { SIGBUS, BUS_ADRALN },
};

/* Pairs of (instruction, fix-up), each relative to itself. */
static uint64_t find_fixup(uint64_t rip)
{
	for (const int32_t *e = extable_start; e < extable_end; e += 2)
		if ((uint64_t)&e[0] + e[0] == rip)
			return (uint64_t)&e[1] + e[1];
	return 0;
}

bool trap_has_fixup(const struct trapframe *tf)
{
	return find_fixup(tf->rip);
}

bool trap_fixup(struct trapframe *tf)
{
	uint64_t fixup = find_fixup(tf->rip);

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
	const char *name = tf->vector < ARRAY_SIZE(exception_names)
				   ? exception_names[tf->vector]
				   : NULL;

	kprintf("%s (vector %lu)", name ? name : "trap", tf->vector);
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

/* Which code a debug trap means; the CPU never clears the bit (SDM 3B 17.2). */
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
		/* ring 3's trap flag, carried over an entry: go on without */
		tf->rflags &= ~RFLAGS_TF;
	}
}

/* The signal's si_addr: the instruction for #DE and its kin, else none. */
static uaddr_t fault_address(const struct trapframe *tf)
{
	switch (tf->vector) {
	case VECTOR_DE:
	case VECTOR_UD:
		return tf->rip;
	}
	return 0;
}

static void handle_exception(struct trapframe *tf)
{
	const struct fault_signal *s = &fault_signals[tf->vector % 32];

	if (trap_from_user(tf) && tf->vector < 32 && s->signo) {
		irq_enable();
		trap_hooks.user_fault(tf, s->signo, s->code, fault_address(tf));
		return;
	}
	if (tf->vector == VECTOR_GP && trap_fixup(tf))
		return;
	kprintf("\n");
	trap_report(tf);
	panic("%s in the kernel", tf->vector < 32 && exception_names[tf->vector]
					  ? exception_names[tf->vector]
					  : "a trap that nobody handles");
}

static void handle_float_error(struct trapframe *tf)
{
	uint32_t which;

	if (!trap_from_user(tf)) {
		handle_exception(tf);
		return;
	}
	which = fpu_exceptions(tf->vector == VECTOR_MF);
	irq_enable();
	trap_hooks.user_fault(tf, SIGFPE,
			      which & FPU_INVALID    ? FPE_FLTINV
			      : which & FPU_DIVISION ? FPE_FLTDIV
			      : which & FPU_OVERFLOW ? FPE_FLTOVF
			      : which & (FPU_UNDERFLOW | FPU_DENORMAL)
				      ? FPE_FLTUND
				      : FPE_FLTRES,
			      tf->rip);
}

static void handle_nmi(struct trapframe *tf)
{
	if (kprintf_in_panic())
		panic_stop_cpu(tf);
	this_cpu()->nmis++;
}

/* INT 0x80: i386 numbers and 32-bit registers, from any code segment. */
static void handle_syscall32(struct trapframe *tf)
{
	tf->code = (uint32_t)tf->rax;
	irq_enable();
	tf->rax = (uint64_t)trap_hooks.syscall32(
		(uint32_t)tf->rbx, (uint32_t)tf->rcx, (uint32_t)tf->rdx,
		(uint32_t)tf->rsi, (uint32_t)tf->rdi, (uint32_t)tf->rbp);
}

/*
 * An exception in the kernel while GS is the program's: something is very
 * wrong, and GS is put right so that it can be reported. Programs cannot set a
 * base in the kernel's half.
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
	if (trap_from_user(tf))
		poison_stack();
	else if (tf->vector < VECTOR_IRQ)
		check_gs(tf);
	handlers[tf->vector](tf);
}

/* In a build with ASSERT=1, before each return to ring 3, while GS is still
 * the kernel's. */
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
