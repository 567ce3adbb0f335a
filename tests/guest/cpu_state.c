/* needs: threads */
/*
 * What of the CPU's state belongs to a task, and what its exceptions tell a
 * program: selectors, bases, alignment checks, addresses of the kernel's, a
 * return to an address that there cannot be.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/prctl.h"
#include "tests/guest/thread.h"
#include "user/lib/signal.h"
#include "user/lib/start.h"
#include "user/lib/string.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define USER_DS 0x2b
#define FLAG_AC 0x40000

#define VECTOR_GP 13
#define VECTOR_PF 14

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

/* ---- Selectors and bases --------------------------------------------------- */

static unsigned data_selectors(void)
{
	uint16_t ds, es, fs, gs;

	asm volatile("mov %%ds, %0; mov %%es, %1" : "=r"(ds), "=r"(es));
	asm volatile("mov %%fs, %0; mov %%gs, %1" : "=r"(fs), "=r"(gs));
	return ds | es << 8 | fs << 16 | (unsigned)gs << 24;
}

/* Loads all four, waits for others to run, and looks at them. */
static int load_selectors(void *arg)
{
	(void)arg;
	asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs"
		     :
		     : "r"(USER_DS));
	for (int i = 0; i < 100; i++)
		call_sched_yield();
	return data_selectors() == 0x2b2b2b2b ? 0 : 1;
}

static int look_at_selectors(void *arg)
{
	(void)arg;
	return data_selectors() ? 1 : 0;
}

static int load_and_exec(void *program)
{
	const char *argv[] = { program, "selectors", NULL };

	asm volatile("mov %0, %%ds; mov %0, %%es" : : "r"(USER_DS));
	return (int)syscall(SYS_execve, program, argv, NULL);
}

static int inherit_selectors(void *arg)
{
	int status = -1;
	long pid;

	(void)arg;
	asm volatile("mov %0, %%ds; mov %0, %%es" : : "r"(USER_DS));
	pid = call_fork();
	if (pid == 0)
		exit(data_selectors() == 0x2b2b ? 0 : 1);
	call_wait4((int)pid, &status, 0, NULL);
	return status ? 1 : 0;
}

static void test_selectors(const char *program)
{
	const uint64_t first_cpu = 1;
	unsigned seen = 0;
	int status = -1;
	long pid;

	is(data_selectors(), 0, "DS, ES, FS and GS are 0 at first");
	syscall(SYS_sched_setaffinity, 0, 8, &first_cpu);
	pid = call_fork();
	if (pid == 0)
		exit(load_selectors(NULL));
	for (int i = 0; i < 100; i++) {
		call_sched_yield();
		seen |= data_selectors();
	}
	call_wait4((int)pid, &status, 0, NULL);
	is(seen, 0, "what another process loads is not seen");
	is(status, EXITED(0), "which keeps its own");
	child_exits(inherit_selectors, NULL, 0, "a child has its parent's");
	child_exits(load_and_exec, (void *)program, 0,
		    "a new program starts with 0");
}

static void test_bases(void)
{
	uint64_t base = 1;

	syscall(SYS_arch_prctl, ARCH_SET_GS, 0x200000000);
	asm volatile("mov %0, %%gs" : : "r"(USER_DS));
	asm volatile("mov %0, %%gs" : : "r"(0));
	syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
	/* Some CPUs leave the base alone when a selector 0 is loaded. */
	is(base, 0, "ARCH_GET_GS says what a loaded selector made of it");
	call_sched_yield();
	syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
	is(base, 0, "and does after a switch");
}

/* ---- Exceptions ------------------------------------------------------------ */

/* A process of its own for each: its handler ends it. */
static struct {
	int signo, code;
	unsigned trap, error;
} wanted;

/* As ring3_entry has it: the handler starts with the program's AC. */
static void clear_alignment_check(void)
{
	asm volatile("lea -128(%%rsp), %%rsp; pushfq; andl %0, (%%rsp); popfq;"
		     "lea 128(%%rsp), %%rsp"
		     :
		     : "i"(~FLAG_AC)
		     : "memory", "cc");
}

static void compare(int signo, siginfo_t *info, struct ucontext *context)
{
	const struct sigcontext *regs = &context->uc_mcontext;

	clear_alignment_check();
	if (signo == wanted.signo && info->si_code == wanted.code &&
	    regs->trapno == wanted.trap && regs->err == wanted.error)
		exit(0);
	diag("signal %d, code %d, trap %lu, error %#lx", signo, info->si_code,
	     regs->trapno, regs->err);
	exit(1);
}

static void want(int signo, int code, unsigned trap, unsigned error)
{
	wanted.signo = signo;
	wanted.code = code;
	wanted.trap = trap;
	wanted.error = error;
	signal_set(signo, compare, 0);
}

static int load_from_ldt(void *arg)
{
	(void)arg;
	want(SIGSEGV, SI_KERNEL, VECTOR_GP, 4);
	asm volatile("mov %0, %%ds" : : "r"(7));
	return 2;
}

static int read_kernel(void *address)
{
	want(SIGSEGV, SEGV_MAPERR, VECTOR_PF, 5);
	(void)*(volatile char *)address;
	return 2;
}

static int write_kernel(void *address)
{
	want(SIGSEGV, SEGV_MAPERR, VECTOR_PF, 7);
	*(volatile char *)address = 0;
	return 2;
}

static void test_kernel_addresses(void)
{
	static const uint64_t addresses[] = {
		0xffffffff80101000, 0xffffffffa0000000, 0xffff888000100000,
		0xffff88ff00000000, 0xffffc90000001000, 0xffffc97000000000,
	};

	for (unsigned i = 0; i < COUNT(addresses); i++) {
		child_exits(read_kernel, (void *)addresses[i], 0,
			    "a read of %#lx tells nothing", addresses[i]);
		child_exits(write_kernel, (void *)addresses[i], 0,
			    "nor does a write");
	}
}

/* 3: this CPU, an emulated one, does not check alignment. */
static int misaligned(void *arg)
{
	(void)arg;
	want(SIGBUS, BUS_ADRALN, 17, 0);
	asm volatile("lea -128(%%rsp), %%rsp; push $0x40202; popfq;"
		     "mov 1(%%rsp), %%eax; push $0x202; popfq;"
		     "lea 128(%%rsp), %%rsp"
		     :
		     :
		     : "rax", "memory", "cc");
	return 3;
}

static void test_alignment(void)
{
	int status = in_child(misaligned, NULL);

	if (on_colonel() && status == EXITED(3))
		skip("QEMU does not emulate it", "an alignment check");
	else
		is(status, EXITED(0), "an alignment check is SIGBUS");
}

/*
 * IRET within ring 3 is allowed. QEMU 7.2 reads the stack for it as the
 * supervisor, which SMAP forbids: the program ends then.
 */
static int iret_in_ring3(void *arg)
{
	(void)arg;
	signal_plain(SIGSEGV, SIG_DFL);
	asm volatile("lea -128(%%rsp), %%rsp; mov %%rsp, %%rcx; push $0x2b;"
		     "push %%rcx; push $0x202; push $0x33;"
		     "lea 1f(%%rip), %%rax; push %%rax; iretq;"
		     "1: lea 128(%%rsp), %%rsp"
		     :
		     :
		     : "rax", "rcx", "memory", "cc");
	return 0;
}

static void test_iret(void)
{
	int status = in_child(iret_in_ring3, NULL);

	ok(status == EXITED(0) ||
		   (on_colonel() && (status & 127) == KILLED(SIGSEGV)),
	   "IRET in ring 3 goes on or ends: %#x", (unsigned)status);
}

/* ---- Flags across a handler -------------------------------------------------- */

#define FLAG_NT 0x4000

static volatile uint64_t handler_flags, frame_flags;

static void look_at_flags(int signo, siginfo_t *info, struct ucontext *context)
{
	(void)signo, (void)info;
	handler_flags = __builtin_ia32_readeflags_u64();
	frame_flags = context->uc_mcontext.eflags;
}

static void test_flags(void)
{
	uint64_t after;

	signal_set(SIGTRAP, look_at_flags, 0);
	asm volatile("lea -128(%%rsp), %%rsp; push $0x44202; popfq; int3;"
		     "pushfq; pop %0; push $0x202; popfq;"
		     "lea 128(%%rsp), %%rsp"
		     : "=r"(after)
		     :
		     : "memory", "cc");
	is(frame_flags & (FLAG_NT | FLAG_AC), FLAG_NT | FLAG_AC,
	   "a signal's frame has NT and AC");
	is(handler_flags & (FLAG_NT | FLAG_AC), FLAG_NT | FLAG_AC,
	   "so has its handler");
	is(after & (FLAG_NT | FLAG_AC), FLAG_NT | FLAG_AC,
	   "and they come back");
}

/* ---- An XSAVE header in a frame that XRSTOR would refuse ------------------- */

static uint64_t spoilt_word; /* of the header */

static void spoil_header(int signo, siginfo_t *info, struct ucontext *context)
{
	struct _xstate *state = (void *)context->uc_mcontext.fpstate;

	(void)signo, (void)info;
	if (context->uc_flags & UC_FP_XSTATE)
		((uint64_t *)&state->xstate_hdr)[spoilt_word] |= 1ul << 62;
	else
		state->fpstate.mxcsr = ~0u;
}

static int return_with_header(void *word)
{
	spoilt_word = (uint64_t)word;
	signal_set(SIGUSR1, spoil_header, 0);
	call_kill(call_getpid(), SIGUSR1);
	return 0;
}

static void test_xsave_headers(void)
{
	child_dies(return_with_header, (void *)0, SIGSEGV,
		   "a return with components that no CPU has");
	child_dies(return_with_header, (void *)1, SIGSEGV,
		   "a return with a format that is not used");
	child_dies(return_with_header, (void *)2, SIGSEGV,
		   "a return with a reserved bit that XRSTOR refuses");
}

/* ---- A signal's return to nowhere, while SIGSEGV comes and goes --------------- */

static struct thread flipper;
static volatile bool done;
static volatile uint64_t come_back;

static void recover(int signo, siginfo_t *info, struct ucontext *context)
{
	(void)signo, (void)info;
	context->uc_mcontext.rip = come_back;
}

static void spoil(int signo, siginfo_t *info, struct ucontext *context)
{
	(void)signo, (void)info;
	come_back = context->uc_mcontext.rip;
	context->uc_mcontext.rip = 0x800000000000;
}

static void flip(void *arg)
{
	(void)arg;
	while (!done) {
		signal_set(SIGSEGV, recover, 0);
		call_sched_yield();
		signal_plain(SIGSEGV, SIG_IGN);
		call_sched_yield();
	}
}

/* SIGSEGV kills where it was ignored at the moment of the fault. */
static int return_to_nowhere(void *arg)
{
	(void)arg;
	signal_set(SIGSEGV, recover, 0);
	signal_set(SIGUSR1, spoil, 0);
	if (thread_start(&flipper, flip, NULL) < 0)
		return 2;
	for (int i = 0; i < 1000; i++)
		call_kill(call_getpid(), SIGUSR1);
	done = true;
	return 0;
}

static void test_return_to_nowhere(void)
{
	int ended = 0;

	for (int i = 0; i < 20; i++) {
		int status = in_child(return_to_nowhere, NULL);

		ended += status == EXITED(0) ||
			 (status & 127) == KILLED(SIGSEGV);
	}
	is(ended, 20, "returns to an address that is not canonical");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "selectors"))
		return look_at_selectors(NULL);
	test_selectors(argv[0]);
	test_bases();
	child_exits(load_from_ldt, NULL, 0, "there is no LDT");
	test_kernel_addresses();
	test_alignment();
	test_iret();
	test_flags();
	test_xsave_headers();
	test_return_to_nowhere();
	return tap_done();
}
