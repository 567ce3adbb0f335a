/*
 * The border between ring 3 and ring 0: what a system call keeps, the flags
 * and selectors that a signal's return may not set, the interrupts and
 * instructions that a program may not use, stack pointers that point nowhere.
 */
/* needs: signals */
#include "kernel/abi/errno.h"
#include "kernel/abi/prctl.h"
#include "kernel/abi/syscall32.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

#define FLAG_CF   0x1ul
#define FLAG_ZF   0x40ul
#define FLAG_TF   0x100ul
#define FLAG_IF   0x200ul
#define FLAG_DF   0x400ul
#define FLAG_OF   0x800ul
#define FLAG_IOPL 0x3000ul
#define FLAG_NT   0x4000ul
#define FLAG_RF   0x10000ul
#define FLAG_VM   0x20000ul
#define FLAG_AC   0x40000ul
#define FLAG_VIF  0x80000ul
#define FLAG_VIP  0x100000ul
#define FLAG_ID   0x200000ul

static const uint64_t no_stack[] = {
	0, 1, 8, 0x800000000000, 0xffff800000000000, 0xffffffff80000000, -8ul,
};

/* ---- A system call with all registers chosen ------------------------------ */

struct cpu {
	union {
		struct {
			uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
			uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
		};
		uint64_t general[16];
	};
	uint64_t rflags, unused;
	uint64_t xmm[32];
};

/* Loaded before the gate, filled after it. */
struct cpu cpu;
uint64_t saved_rsp;

void enter_by_syscall(void);
void enter_by_int80(void);
extern const char after_syscall[], landing[], landing_flags[];

#define EACH_XMM(op)                                                       \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) \
		op(11) op(12) op(13) op(14) op(15)
#define LOAD_XMM(n) "movups cpu+144+" #n "*16(%rip), %xmm" #n "\n"
#define SAVE_XMM(n) "movups %xmm" #n ", cpu+144+" #n "*16(%rip)\n"
#define EACH_REG(op)                                                          \
	op(rax, 0) op(rbx, 8) op(rcx, 16) op(rdx, 24) op(rsi, 32) op(rdi, 40) \
		op(rbp, 48) op(rsp, 56) op(r8, 64) op(r9, 72) op(r10, 80)     \
			op(r11, 88) op(r12, 96) op(r13, 104) op(r14, 112)     \
				op(r15, 120)
#define LOAD_REG(reg, at) "mov cpu+" #at "(%rip), %" #reg "\n"
#define SAVE_REG(reg, at) "mov %" #reg ", cpu+" #at "(%rip)\n"

#define ENTER(name, gate, after)                                                                                   \
	".globl " name "\n" name ":\n"                                                                             \
	"push %rbx; push %rbp; push %r12; push %r13\n"                                                             \
	"push %r14; push %r15\n"                                                                                   \
	"mov %rsp, saved_rsp(%rip)\n" EACH_XMM(                                                                    \
		LOAD_XMM) "push cpu+128(%rip)\n"                                                                   \
			  "popfq\n" EACH_REG(LOAD_REG) gate                                                        \
		"\n" after                                                                                         \
		EACH_REG(                                                                                          \
			SAVE_REG) "mov saved_rsp(%rip), %rsp\n"                                                    \
				  "pushfq\n"                                                                       \
				  "pop cpu+128(%rip)\n"                                                            \
				  "push $0x202; popfq\n" EACH_XMM(                                                 \
					  SAVE_XMM) "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n" \
						    "ret\n"

asm(".pushsection .text\n" ENTER("enter_by_syscall", "syscall",
				 "after_syscall:\n")
	    ENTER("enter_by_int80", "int $0x80",
		  "") "landing: int3\n"
		      "landing_flags: pushfq; pop %rax; int3\n"
		      ".popsection");

static void fill_cpu(uint64_t rflags)
{
	void *here = __builtin_frame_address(0);

	for (int i = 0; i < 16; i++)
		cpu.general[i] = 0x1111111111111111ul * (i + 1) ^ 0x123456;
	for (int i = 0; i < 32; i++)
		cpu.xmm[i] = 0x0101010101010101ul * i ^ 0xabcdef;
	cpu.rsp = (uint64_t)here - 8192;
	cpu.rflags = rflags | 2 | FLAG_IF;
}

/* Makes a call with the registers of `cpu`; whether all others are kept. */
static bool kept_by(void (*enter)(void), bool fast)
{
	struct cpu before = cpu;

	enter();

	bool kept = !fast || (cpu.rcx == (uint64_t)after_syscall &&
			      cpu.r11 == before.rflags);

	before.rax = cpu.rax;
	if (fast) {
		before.rcx = cpu.rcx;
		before.r11 = cpu.r11;
	}
	return kept && !memcmp(&before, &cpu, sizeof(cpu));
}

static void test_kept(const char *name, long number, uint64_t a, uint64_t b,
		      uint64_t c, long expected)
{
	fill_cpu(0);
	cpu.rax = number;
	cpu.rdi = a;
	cpu.rsi = b;
	cpu.rdx = c;
	ok(kept_by(enter_by_syscall, true),
	   "%s keeps all registers but rax; "
	   "rcx is rip, r11 rflags",
	   name);
	is(cpu.rax, expected, "%s returns what it should", name);
}

static void test_registers_kept(void)
{
	struct timespec moment = { 0, 2000000 };
	int fds[2];

	call_pipe2(fds, 0);
	test_kept("getpid", SYS_getpid, 0, 0, 0, call_getpid());
	test_kept("an unknown call", 1500, 0, 0, 0, -ENOSYS);
	test_kept("write", SYS_write, fds[1], (uint64_t)"abc", 3, 3);
	test_kept("a failing read", SYS_read, fds[0], 8, 3, -EFAULT);
	test_kept("nanosleep", SYS_nanosleep, (uint64_t)&moment, 0, 0, 0);
	test_kept("sched_yield", SYS_sched_yield, 0, 0, 0, 0);
	test_kept("mmap at a bad address", SYS_mprotect, 1, 2, 3, -EINVAL);
	call_close(fds[0]);
	call_close(fds[1]);

	fill_cpu(0);
	cpu.rax = SYS_fork;

	bool kept = kept_by(enter_by_syscall, true);

	if (cpu.rax == 0)
		exit(kept ? 0 : 1);

	int status = -1;

	call_wait4(cpu.rax, &status, 0, NULL);
	ok(kept, "fork keeps the parent's registers");
	is(status, EXITED(0), "and gives them to the child");
}

static void test_flags_kept(void)
{
	static const uint64_t flags[] = { FLAG_DF, FLAG_AC, FLAG_NT, FLAG_ID,
					  FLAG_CF | FLAG_ZF | FLAG_OF };

	for (unsigned set = 0; set < 1 << COUNT(flags); set++) {
		uint64_t value = 0;

		for (unsigned i = 0; i < COUNT(flags); i++)
			if (set & 1 << i)
				value |= flags[i];
		fill_cpu(value);
		cpu.rax = SYS_getpid;
		ok(kept_by(enter_by_syscall, true) &&
			   cpu.rax == (uint64_t)call_getpid(),
		   "a system call with rflags %#lx", value);
	}
}

static void test_no_stack(void)
{
	for (unsigned i = 0; i < COUNT(no_stack); i++) {
		fill_cpu(0);
		cpu.rax = SYS_getppid;
		cpu.rsp = no_stack[i];
		ok(kept_by(enter_by_syscall, true),
		   "a system call with rsp %#lx", no_stack[i]);
		is(cpu.rax, call_getppid(), "which works");
	}
}

/* ---- System-call numbers -------------------------------------------------- */

static void test_numbers(void)
{
	long pid = call_getpid();
	int wrong = 0;

	for (long n = 700; n < 1400; n++)
		wrong += syscall(n) != -ENOSYS;
	is(wrong, 0, "numbers 700 to 1399 are ENOSYS");
	for (long n = -1; n > -300; n--)
		wrong += syscall(n) != -ENOSYS;
	is(wrong, 0, "numbers -1 to -299 too");
	for (int bit = 10; bit < 32; bit++)
		if (bit != 30)
			wrong += syscall(SYS_getpid | 1l << bit) != -ENOSYS;
	is(wrong, 0, "numbers with a high bit of the low half set too");
	for (int bit = 32; bit < 64; bit++)
		wrong += syscall(SYS_getpid | 1l << bit) != pid;
	is(wrong, 0, "the upper half of rax is ignored");
	is(syscall(0x7fffffff), -ENOSYS, "number INT_MAX");
	is(syscall(-0x80000000l), -ENOSYS, "number INT_MIN");
	is(syscall(1ul << 63 | 5000), -ENOSYS, "a high number with a sign");
}

/* ---- int 0x80 ------------------------------------------------------------- */

static void test_int80(void)
{
	static char text[] = "x";
	int fds[2];
	char byte = 0;

	fill_cpu(0);
	cpu.rax = SYS32_getpid;
	ok(kept_by(enter_by_int80, false), "int 0x80 keeps all but rax");
	is(cpu.rax, call_getpid(), "getpid by its i386 number");
	fill_cpu(FLAG_DF | FLAG_AC | FLAG_NT);
	cpu.rax = SYS32_getppid;
	ok(kept_by(enter_by_int80, false), "and with DF, AC and NT set");
	is(cpu.rax, call_getppid(), "getppid by its i386 number");

	call_pipe2(fds, O_NONBLOCK);
	fill_cpu(0);
	cpu.rax = SYS32_write;
	cpu.rbx = 0xffffffff00000000 | fds[1];
	cpu.rcx = 0xffffffff00000000 | (uint64_t)text;
	cpu.rdx = 0xffffffff00000001;
	ok(kept_by(enter_by_int80, false), "write with dirty upper halves");
	is(cpu.rax, 1, "of which it takes the lower ones");
	call_read(fds[0], &byte, 1);
	is(byte, 'x', "and writes");
	fill_cpu(0);
	cpu.rax = SYS32_write;
	cpu.rbx = fds[1];
	cpu.rcx = 8;
	cpu.rdx = 1;
	kept_by(enter_by_int80, false);
	is((int)cpu.rax, -EFAULT, "write from a bad address");
	fill_cpu(0);
	cpu.rax = 5000;
	kept_by(enter_by_int80, false);
	is((int)cpu.rax, -ENOSYS, "an unknown i386 number");
	is((long)cpu.rax, -ENOSYS, "as a 64-bit number");
	fill_cpu(0);
	cpu.rax = -1;
	kept_by(enter_by_int80, false);
	is((int)cpu.rax, -ENOSYS, "number -1");
	call_close(fds[0]);
	call_close(fds[1]);
}

/* ---- Instructions that are not for programs ------------------------------- */

static unsigned char *code_page;
static volatile int fault_signal, fault_code;

/* Returns from the faulting stub in the caller's place. */
static void skip_stub(int sig, siginfo_t *info, struct ucontext *context)
{
	struct sigcontext *regs = &context->uc_mcontext;

	fault_signal = sig;
	fault_code = info->si_code;
	regs->rip = *(uint64_t *)regs->rsp;
	regs->rsp += 8;
}

/* Executes a few bytes of code; the signal that they raise, or 0. */
static int execute(const unsigned char *code, int len)
{
	call_mprotect(code_page, 4096, PROT_READ | PROT_WRITE);
	memset(code_page, 0xc3, 32); /* ret */
	memcpy(code_page, code, len);
	call_mprotect(code_page, 4096, PROT_READ | PROT_EXEC);
	fault_signal = 0;
	asm volatile(
		"sub $128, %%rsp; mov $-1, %%rax; call *%0; add $128, %%rsp"
		:
		: "b"(code_page)
		: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
		  "memory");
	return fault_signal;
}

static void catch_faults(signal_handler handler, uint64_t flags)
{
	static const int faults[] = { SIGSEGV, SIGILL, SIGBUS, SIGTRAP,
				      SIGFPE };

	for (unsigned i = 0; i < COUNT(faults); i++)
		signal_set(faults[i], handler, flags);
}

static void test_software_interrupts(void)
{
	int wrong = 0;

	for (int n = 0; n < 256; n++) {
		const unsigned char code[] = { 0xcd, n };
		int expected = n == 3 ? SIGTRAP : n == 0x80 ? 0 : SIGSEGV;
		int sig = execute(code, sizeof(code));

		if (sig != expected) {
			diag("int %#x: signal %d, expected %d", n, sig,
			     expected);
			wrong++;
		}
	}
	is(wrong, 0, "int n: 3 traps, 0x80 works, all others are SIGSEGV");

	static const unsigned char int3[] = { 0xcc }, icebp[] = { 0xf1 };

	is(execute(int3, 1), SIGTRAP, "int3");

	/* QEMU's emulation does not know it. */
	int sig = execute(icebp, 1);

	ok(sig == SIGTRAP || sig == SIGILL, "icebp: signal %d", sig);
}

struct instruction {
	const char *name;
	unsigned char len, code[4];
	int sig, also; /* the signals that it may raise */
};

static const struct instruction privileged[] = {
	{ "hlt", 1, { 0xf4 }, SIGSEGV, 0 },
	{ "cli", 1, { 0xfa }, SIGSEGV, 0 },
	{ "sti", 1, { 0xfb }, SIGSEGV, 0 },
	{ "in al, dx", 1, { 0xec }, SIGSEGV, 0 },
	{ "out dx, al", 1, { 0xee }, SIGSEGV, 0 },
	{ "in al, 0x80", 2, { 0xe4, 0x80 }, SIGSEGV, 0 },
	{ "out 0x80, al", 2, { 0xe6, 0x80 }, SIGSEGV, 0 },
	{ "insb", 1, { 0x6c }, SIGSEGV, 0 },
	{ "outsb", 1, { 0x6e }, SIGSEGV, 0 },
	{ "rdmsr", 2, { 0x0f, 0x32 }, SIGSEGV, 0 },
	{ "wrmsr", 2, { 0x0f, 0x30 }, SIGSEGV, 0 },
	{ "mov rax, cr0", 3, { 0x0f, 0x20, 0xc0 }, SIGSEGV, 0 },
	{ "mov cr0, rax", 3, { 0x0f, 0x22, 0xc0 }, SIGSEGV, 0 },
	{ "mov rax, cr2", 3, { 0x0f, 0x20, 0xd0 }, SIGSEGV, 0 },
	{ "mov rax, cr3", 3, { 0x0f, 0x20, 0xd8 }, SIGSEGV, 0 },
	{ "mov cr3, rax", 3, { 0x0f, 0x22, 0xd8 }, SIGSEGV, 0 },
	{ "mov cr4, rax", 3, { 0x0f, 0x22, 0xe0 }, SIGSEGV, 0 },
	{ "mov cr8, rax", 4, { 0x44, 0x0f, 0x22, 0xc0 }, SIGSEGV, 0 },
	{ "mov rax, dr7", 3, { 0x0f, 0x21, 0xf8 }, SIGSEGV, 0 },
	{ "mov dr7, rax", 3, { 0x0f, 0x23, 0xf8 }, SIGSEGV, 0 },
	{ "lgdt", 3, { 0x0f, 0x01, 0x10 }, SIGSEGV, 0 },
	{ "lidt", 3, { 0x0f, 0x01, 0x18 }, SIGSEGV, 0 },
	{ "lldt", 3, { 0x0f, 0x00, 0xd0 }, SIGSEGV, 0 },
	{ "ltr", 3, { 0x0f, 0x00, 0xd8 }, SIGSEGV, 0 },
	{ "lmsw", 3, { 0x0f, 0x01, 0xf0 }, SIGSEGV, 0 },
	{ "swapgs", 3, { 0x0f, 0x01, 0xf8 }, SIGSEGV, 0 },
	{ "clts", 2, { 0x0f, 0x06 }, SIGSEGV, 0 },
	{ "invlpg", 3, { 0x0f, 0x01, 0x38 }, SIGSEGV, 0 },
	/* Not wbinvd and invd: QEMU 10 lets ring 3 have them. */
	{ "xsetbv", 3, { 0x0f, 0x01, 0xd1 }, SIGSEGV, SIGILL },
	{ "sysretq", 3, { 0x48, 0x0f, 0x07 }, SIGSEGV, SIGILL },
	{ "sysexit", 2, { 0x0f, 0x35 }, SIGSEGV, SIGILL },
	{ "stac", 3, { 0x0f, 0x01, 0xcb }, SIGILL, 0 },
	{ "clac", 3, { 0x0f, 0x01, 0xca }, SIGILL, 0 },
	{ "rsm", 2, { 0x0f, 0xaa }, SIGILL, 0 },
	{ "ud2", 2, { 0x0f, 0x0b }, SIGILL, 0 },
	{ "push es", 1, { 0x06 }, SIGILL, 0 },
};

static void test_privileged(void)
{
	for (unsigned i = 0; i < COUNT(privileged); i++) {
		const struct instruction *in = &privileged[i];
		int sig = execute(in->code, in->len);

		ok(sig && (sig == in->sig || sig == in->also),
		   "%s raises a signal (%d)", in->name, sig);
	}
}

/* ---- Entry with dirty flags ----------------------------------------------- */

static volatile uint64_t handler_flags, interrupted_flags;

static void look_at_flags(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info;
	handler_flags = __builtin_ia32_readeflags_u64();
	interrupted_flags = context->uc_mcontext.eflags;
}

static void test_handler_flags(void)
{
	uint64_t after;

	signal_set(SIGTRAP, look_at_flags, 0);
	asm volatile("pushfq; orq $0x40400, (%%rsp); popfq; int3;"
		     "pushfq; pop %0; push $0x202; popfq"
		     : "=r"(after)
		     :
		     : "memory", "cc");
	is(handler_flags & (FLAG_DF | FLAG_TF), 0,
	   "a handler starts with DF clear");
	is(interrupted_flags & (FLAG_DF | FLAG_AC), FLAG_DF | FLAG_AC,
	   "its frame holds DF and AC");
	is(after & (FLAG_DF | FLAG_AC), FLAG_DF | FLAG_AC,
	   "and they come back");
}

static volatile int steps;

static void count_step(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)context;
	if (info->si_code == TRAP_TRACE)
		steps++;
}

static void test_single_step(void)
{
	signal_set(SIGTRAP, count_step, 0);
	asm volatile("pushfq; orq $0x100, (%%rsp); popfq;"
		     "nop; nop; mov $39, %%eax; syscall; nop;"
		     "pushfq; andq $~0x100, (%%rsp); popfq; nop"
		     :
		     :
		     : "rax", "rcx", "r11", "memory", "cc");
	/* Linux returns by IRET: a system call and what follows are one. */
	ok(steps == 7 || steps == 8, "TF traps after each instruction");
}

/* ---- Evil signal frames ---------------------------------------------------- */

static struct sigcontext good;
static volatile int outcome;
static volatile uint64_t outcome_rax, outcome_rip;
static char signal_stack[65536];

/* What the next return from a signal changes. */
static uint64_t evil_rip, evil_flags;
static int evil_cs, evil_ss;

static void spoil_frame(int sig, siginfo_t *info, struct ucontext *context)
{
	struct sigcontext *regs = &context->uc_mcontext;

	(void)sig, (void)info;
	good = *regs;
	regs->rip = evil_rip;
	if (evil_flags)
		regs->eflags = evil_flags;
	if (evil_cs >= 0)
		regs->cs = evil_cs;
	if (evil_ss >= 0)
		regs->ss = evil_ss;
	context->uc_flags |= UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
}

/*
 * A handler starts with the AC flag of the program. Compilers copy structures
 * by 16 bytes where 8 are aligned, which is an alignment fault on some CPUs.
 */
static void clear_alignment_check(void)
{
	asm volatile("lea -128(%%rsp), %%rsp; pushfq; andl %0, (%%rsp); popfq;"
		     "lea 128(%%rsp), %%rsp"
		     :
		     : "i"(~(int)FLAG_AC)
		     : "memory", "cc");
}

/* Goes back to where spoil_frame() interrupted. */
static void recover(int sig, siginfo_t *info, struct ucontext *context)
{
	struct sigcontext *regs = &context->uc_mcontext;
	uint64_t fpstate;

	(void)info;
	clear_alignment_check();
	fpstate = regs->fpstate;
	outcome = sig;
	outcome_rax = regs->rax;
	outcome_rip = regs->rip;
	*regs = good;
	regs->fpstate = fpstate;
	context->uc_flags |= UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
}

static int return_with(uint64_t rip, uint64_t flags, int cs, int ss)
{
	evil_rip = rip;
	evil_flags = flags;
	evil_cs = cs;
	evil_ss = ss;
	outcome = 0;
	call_kill(call_getpid(), SIGUSR1);
	return outcome;
}

static void test_evil_rip(void)
{
	for (int bit = 47; bit < 64; bit++) {
		uint64_t rip = 1ul << bit;

		is(return_with(rip, 0, -1, -1), SIGSEGV,
		   "a signal returns to rip %#lx", rip);
	}
	is(return_with(0xffff800000000000, 0, -1, -1), SIGSEGV,
	   "to the kernel's half");
	is(return_with(0xffffffff80000000, 0, -1, -1), SIGSEGV,
	   "to the kernel");
	is(return_with(-2ul, 0, -1, -1), SIGSEGV, "to the last addresses");
	is(return_with(0x7ffffffff000, 0, -1, -1), SIGSEGV,
	   "to the last user page");
	is(return_with(0, 0, -1, -1), SIGSEGV, "to 0");
	is(return_with((uint64_t)landing, 0, -1, -1), SIGTRAP,
	   "to an int3: SIGTRAP");
}

static void test_evil_flags(void)
{
	static const uint64_t flags[] = {
		FLAG_IOPL,           FLAG_VM,         FLAG_NT,
		FLAG_VIF | FLAG_VIP, FLAG_ID,         FLAG_RF,
		FLAG_DF | FLAG_AC,   -1ul & ~FLAG_TF, 2,
	};

	for (unsigned i = 0; i < COUNT(flags); i++) {
		is(return_with((uint64_t)landing_flags, flags[i], -1, -1),
		   SIGTRAP, "a signal returns with rflags %#lx", flags[i]);
		is(outcome_rax & (FLAG_IOPL | FLAG_VM | FLAG_VIF | FLAG_VIP |
				  FLAG_IF),
		   FLAG_IF, "interrupts stay on, IOPL 0");
	}
}

static bool any_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGILL ||
	       sig == SIGTRAP;
}

/* Each low selector, and every 257th of the others. */
static int next_selector(int selector)
{
	return selector < 0x200 ? selector + 1 : selector + 257;
}

static void test_evil_selectors(void)
{
	static uint64_t magic = 0x6666666666666666;
	uint64_t read;
	int survived = 0, tried = 0;

	syscall(SYS_arch_prctl, ARCH_SET_GS, &magic);
	for (int s = 0; s < 65536; s = next_selector(s), tried++)
		survived += any_fault(return_with((uint64_t)landing, 0, s, -1));
	is(survived, tried, "returns with each code selector");
	survived = tried = 0;
	for (int s = 0; s < 65536; s = next_selector(s), tried++)
		survived += any_fault(return_with((uint64_t)landing, 0, -1, s));
	is(survived, tried, "returns with each stack selector");
	is(return_with((uint64_t)landing, 0, 0x33, 0x2b), SIGTRAP,
	   "returns with the right ones");
	is(return_with((uint64_t)landing, 0, 0, -1), SIGSEGV,
	   "returns with cs 0");
	asm volatile("mov %%gs:0, %0" : "=r"(read));
	is(read, magic, "the GS base has survived");
	syscall(SYS_arch_prctl, ARCH_SET_GS, 0);
}

static void test_signal_returns(void)
{
	stack_t stack = { .ss_sp = (uint64_t)signal_stack,
			  .ss_size = sizeof(signal_stack) };

	call_sigaltstack(&stack, NULL);
	signal_set(SIGUSR1, spoil_frame, SA_ONSTACK);
	catch_faults(recover, SA_ONSTACK);
	test_evil_rip();
	test_evil_flags();
	test_evil_selectors();
}

/* The last page: the address behind its last SYSCALL is not canonical. */
static void test_last_page(void)
{
	unsigned char *last = (unsigned char *)0x7ffffffff000;
	unsigned char *page = last - 4096;

	ok(is_error(call_mmap(last, 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)),
	   "the page below 1 << 47 cannot be mapped");
	if (call_mmap(page, 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		      0) != page) {
		skip("it is taken", "a system call at the end of user memory");
		return;
	}
	page[4094] = 0x0f;
	page[4095] = 0x05;
	call_mprotect(page, 4096, PROT_READ | PROT_EXEC);
	is(return_with((uint64_t)(page + 4094), 0, -1, -1), SIGSEGV,
	   "a system call at the end of user memory");
	is(outcome_rip, (uint64_t)last, "faults behind it");
	call_munmap(page, 4096);
}

/* ---- Signals without a stack ----------------------------------------------- */

static void exit_0(int sig, siginfo_t *info, struct ucontext *context)
{
	(void)sig, (void)info, (void)context;
	exit(0);
}

static int fault_without_stack(void *rsp)
{
	signal_set(SIGILL, exit_0, 0);
	signal_plain(SIGSEGV, SIG_DFL);
	asm volatile("mov %0, %%rsp; ud2" : : "r"(rsp) : "memory");
	return 1;
}

static int fault_with_altstack(void *rsp)
{
	signal_set(SIGILL, exit_0, SA_ONSTACK);
	asm volatile("mov %0, %%rsp; ud2" : : "r"(rsp) : "memory");
	return 1;
}

static int signal_at(void *handler)
{
	signal_set(SIGUSR1, (signal_handler)handler, 0);
	signal_plain(SIGSEGV, SIG_DFL);
	call_kill(call_getpid(), SIGUSR1);
	return 1;
}

static void test_signal_stacks(void)
{
	static const int constant;
	char *pages = call_mmap(NULL, 8192, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	call_mprotect(pages, 4096, PROT_NONE);
	for (unsigned i = 0; i < COUNT(no_stack); i++) {
		child_dies(fault_without_stack, (void *)no_stack[i], SIGSEGV,
			   "a signal with rsp %#lx", no_stack[i]);
		child_exits(fault_with_altstack, (void *)no_stack[i], 0,
			    "the same on a signal stack");
		child_dies(signal_at, (void *)(no_stack[i] | 8), SIGSEGV,
			   "a handler at %#lx", no_stack[i] | 8);
	}
	child_dies(fault_without_stack, (void *)&constant, SIGSEGV,
		   "a signal with rsp in read-only memory");
	child_dies(fault_without_stack, pages + 4096 + 8, SIGSEGV,
		   "a signal with rsp 8 bytes above a guard page");
}

/* ---- FS and GS ------------------------------------------------------------- */

static int child_has_base(void *expected)
{
	uint64_t base = 0;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
	return base == (uint64_t)expected ? 0 : 1;
}

static void test_bases(void)
{
	static const uint64_t bad[] = { 0x800000000000, 0xffff800000000000,
					-1ul, 1ul << 63, 0x7ffffffff000 };
	static uint64_t value = 0x77;
	uint64_t base = 1, read;

	for (unsigned i = 0; i < COUNT(bad); i++) {
		is(syscall(SYS_arch_prctl, ARCH_SET_FS, bad[i]), -EPERM,
		   "ARCH_SET_FS %#lx", bad[i]);
		is(syscall(SYS_arch_prctl, ARCH_SET_GS, bad[i]), -EPERM,
		   "ARCH_SET_GS %#lx", bad[i]);
	}
	is(syscall(SYS_arch_prctl, ARCH_SET_FS, &value), 0, "ARCH_SET_FS");
	asm volatile("mov %%fs:0, %0" : "=r"(read));
	is(read, 0x77, "is used");
	call_sched_yield();
	is(syscall(SYS_arch_prctl, ARCH_GET_FS, &base), 0, "ARCH_GET_FS");
	is(base, (uint64_t)&value, "is what was set");
	child_exits(child_has_base, &value, 0, "a child has it too");
	asm volatile("mov %%fs:0, %0" : "=r"(read));
	is(read, 0x77, "the parent keeps it");
	is(syscall(SYS_arch_prctl, ARCH_GET_FS, 8), -EFAULT,
	   "ARCH_GET_FS to a bad address");
	is(syscall(SYS_arch_prctl, 0x9999, 0), -EINVAL, "an unknown code");
	syscall(SYS_arch_prctl, ARCH_SET_FS, 0);
}

int main(void)
{
	code_page = call_mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	test_registers_kept();
	test_flags_kept();
	test_no_stack();
	test_numbers();
	test_int80();
	test_bases();
	catch_faults(skip_stub, 0);
	test_software_interrupts();
	test_privileged();
	test_handler_flags();
	test_single_step();
	test_signal_returns();
	test_last_page();
	test_signal_stacks();
	return tap_done();
}
